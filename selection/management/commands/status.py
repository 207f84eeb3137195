"""`status`: where everything is."""

from collections import Counter
from typing import Any

from annotation.actions import progress as labels
from common.commands import Command as Base
from corpus.actions import progress as corpus
from corpus.core import units


class Command(Base):
    help = "Show where everything is: episodes per stage, clips per verdict, campaigns, releases."

    def handle(self, *args: Any, **options: Any) -> None:
        document = {**corpus.of_corpus(), "campaigns": labels.of_campaigns()}
        document["stuck"] = [
            {
                "stage": run.stage,
                "subject": str(run.episode or run.subject),
                "outcome": run.outcome or "waiting",
                "why": run.reason or run.error,
            }
            for run in corpus.stuck()
        ]
        self.answer(options=options, document=document, lines=_lines(document))


def _lines(found: dict[str, Any]) -> list[str]:
    licences = ", ".join(f"{n} {verdict}" for verdict, n in found["episodes_by_licence"].items())
    lines = [
        f"{units.counted(found['podcasts'], 'podcast')}, "
        f"{units.counted(found['episodes'], 'episode')}, {found['hours']} h decoded",
        f"  licence: {licences or 'nothing yet'}",
        f"  copies of another episode, which are not used: {found['duplicates']}",
    ]
    for stage, counts in found["stages"].items():
        said = ", ".join(f"{n} {what}" for what, n in sorted(counts.items()))
        lines.append(f"  {stage:12} {said or '–'}")
    lines.append(
        f"{units.counted(found['clips'], 'clip')}: {found['clips_accepted']} accepted, "
        f"{found['clips_filtered']} filtered, {found['clips_unjudged']} not judged yet"
        + (f", {found['clips_withdrawn']} withdrawn" if found["clips_withdrawn"] else "")
    )
    for row in found["campaigns"]:
        lines.append(
            f"campaign {row['campaign']} ({row['state']}): {row['complete']} of {row['clips']} clips "
            f"complete, {units.counted(row['ratings'], 'rating')}"
            + (f" ({row['simulated_ratings']} simulated)" if row["simulated_ratings"] else "")
        )
    lines += [f"release {name}" for name in found["releases"]]
    alike = Counter((row["stage"], row["outcome"], row["why"]) for row in found["stuck"])
    lines += [f"stuck: {n} × {stage}, {what}. {why}" for (stage, what, why), n in alike.items()]
    if alike:
        lines.append("When the cause is mended: python manage.py pipeline --retry-failed")
    return lines
