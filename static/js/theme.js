// The page's frame: colour scheme (before first paint), the person menu, focus after a boosted visit.
(() => {
  "use strict";
  const KEY = "emocast:theme";
  const root = document.documentElement;

  const stored = () => {
    try { return localStorage.getItem(KEY) || "system"; } catch { return "system"; }
  };

  const apply = (choice) => {
    if (choice === "system") delete root.dataset.theme;
    else root.dataset.theme = choice;
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
    }
  };

  const choose = (choice) => {
    try { localStorage.setItem(KEY, choice); } catch { /* private window: for this page only */ }
    apply(choice);
  };

  apply(stored());
  document.addEventListener("DOMContentLoaded", () => apply(stored()));
  document.addEventListener("htmx:load", () => apply(stored()));

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-choice]");
    if (button) choose(button.dataset.themeChoice);
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // A link that leads to an error page shows that page; fragments keep what they have.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.boosted && event.detail.xhr.status >= 400) event.detail.shouldSwap = true;
  });

  // A boosted visit replaces the body: start reading at the new content, as after a full load.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.boosted) document.getElementById("main")?.focus({ preventScroll: true });
  });
})();
