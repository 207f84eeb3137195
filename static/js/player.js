// A waveform that plays: one player sounds at a time. window.emocast.attach(root, audio, changed) for
// the rating screen, whose audio elements live elsewhere; [data-player] elements attach themselves.
(() => {
  "use strict";
  const emocast = (window.emocast = window.emocast || {});

  const clock = (seconds) =>
    `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(1).padStart(4, "0")}`;

  emocast.attach = (root, audio, changed = () => {}, says = (at, total) => `${at} / ${total}`) => {
    const find = (name) => root.querySelector(`[data-${name}]`);
    const [button, seek, played, time] = ["play", "seek", "played", "clock"].map(find);
    const duration = Number(root.dataset.duration) || 0;
    const width = played?.ownerSVGElement.viewBox.baseVal.width || 0;
    const off = new AbortController();
    let frame = 0;

    const draw = () => {
      const at = Math.min(audio.currentTime || 0, duration);
      const playing = !audio.paused && !audio.ended;
      played?.setAttribute("width", String(duration ? (width * at) / duration : 0));
      if (seek && document.activeElement !== seek) seek.value = String(at);
      seek?.setAttribute("aria-valuetext", says(at.toFixed(1), duration.toFixed(1)));
      if (time) time.textContent = `${clock(at)} / ${clock(duration)}`;
      root.classList.toggle("playing", playing);
      button?.setAttribute("aria-label", playing ? button.dataset.labelPause : button.dataset.labelPlay);
      changed();
      cancelAnimationFrame(frame);
      if (playing && root.isConnected) frame = requestAnimationFrame(draw);
    };

    const toggle = () => {
      if (!audio.paused) return Promise.resolve(audio.pause());
      if (audio.ended || duration - audio.currentTime < 0.02) audio.currentTime = 0;
      return audio.play();
    };
    const restart = () => {
      audio.pause(); // so that "play" fires again
      audio.currentTime = 0;
      return audio.play();
    };
    const refused = () => draw(); // the browser wants a gesture, or the sound is not there

    const on = (target, type, listener) => target?.addEventListener(type, listener, { signal: off.signal });
    for (const type of ["play", "playing", "pause", "ended", "seeked", "timeupdate", "loadedmetadata"]) on(audio, type, draw);
    on(button, "click", () => toggle().catch(refused));
    on(seek, "input", () => { audio.currentTime = Number(seek.value); });
    draw();
    return { toggle: () => toggle().catch(refused), restart: () => restart().catch(refused), detach: () => { off.abort(); cancelAnimationFrame(frame); } };
  };

  const attachAll = (within) => {
    for (const root of within.querySelectorAll("[data-player]:not([data-attached])")) {
      const audio = root.querySelector("audio");
      root.dataset.attached = "";
      const player = emocast.attach(root, audio);
      root.addEventListener("keydown", (event) => {
        if (event.code !== "Space" || event.target.closest("button, a, input[type=checkbox]")) return;
        event.preventDefault();
        player.toggle();
      });
    }
  };

  document.addEventListener("play", (event) => {
    for (const other of document.querySelectorAll("audio")) if (other !== event.target) other.pause();
  }, true);
  document.addEventListener("DOMContentLoaded", () => attachAll(document));
  document.addEventListener("htmx:load", (event) => attachAll(event.target.parentNode || document));
})();
