"""What Creative Commons licences ask to be said of a work: title, author, source, licence, changes (TASL)."""

from dataclasses import dataclass

TECHNICAL = "mixed down to mono, resampled to 16 kHz"


@dataclass(frozen=True, slots=True)
class Credit:
    """The facts of one work or excerpt, as section 3(a) of CC 4.0 asks for them."""

    title: str
    author: str
    source: str  # an address; empty where the work was never on the web
    licence: str  # its name
    licence_url: str
    changes: str
    wished: str = ""  # the credit as the makers ask for it

    @property
    def line(self) -> str:
        """One line to copy: “Title” by Author, source, licensed under …; changes: …."""
        where = f", {self.source}" if self.source else ""
        asked = f" Credit as asked for: {self.wished}." if self.wished else ""
        return (
            f"“{self.title}” by {self.author}{where}, licensed under {self.licence} "
            f"({self.licence_url}). Changes: {self.changes}.{asked}"
        )


def changes(seconds: float | None) -> str:
    """What we did to the sound: to a clip of that length, or to an episode that is cut into clips."""
    cut = "cut into clips" if seconds is None else f"cut to {seconds:.3f} s"
    return f"{cut}, {TECHNICAL}"
