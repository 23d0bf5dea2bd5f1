"""Who must have an open reminder, told from the stored facts alone.

This is the second opinion on the clock. It is written anew from the definition (design, section 3, step 6), as
one query on the tables, and shares no code with `meetings.reassessment`, which opens and ends windows: what one
of them gets wrong, the other finds. It reads; it changes nothing.

A patient who is alive must have an open reminder for any of three reasons:

- **therapy**: a line of systemic therapy that is not adjuvant runs in the record (or, where no line runs, the
  newest staged case states a day 1 whose line has not ended); that case's liver is not resectable, or nobody
  knows; and nobody has taken the patient off: the last window of this therapy did not end as 'not needed', nor
  by a decision that ends systemic therapy, and the board has not left the clock on this disease.
- **decision**: the newest board decision asks for systemic therapy that is not adjuvant, or for conversion or
  its continuation in so many words, and no 'not needed' and no other decision has ended a window since.
- **deletion**: the audit trail knows an open reminder that was deleted, and neither a newer reminder nor a
  board has followed.

The board leaves the clock by deciding for palliation, supportive care or surveillance with its reason, until a
newer staging asks again.
"""

import datetime
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from patients.wording import day

QUERY = """
SELECT patient.id, patient.case_id, open_window.id IS NOT NULL,
       CASE WHEN on_therapy.yes THEN therapy.start END, liver.class,
       CASE WHEN by_decision.yes THEN decision.id END, decision.starts_at,
       CASE WHEN by_deletion.yes THEN deletion.at END
FROM patients_patient patient

LEFT JOIN meetings_reassessment open_window
  ON open_window.patient_id = patient.id AND open_window.ended_at IS NULL

LEFT JOIN LATERAL (  -- the newest staged case, in its newest staged version
  SELECT version.id, version.document, staging.date FROM patients_staging staging
  JOIN patients_stagingversion version ON version.staging_id = staging.id AND version.state = 'frozen'
  WHERE staging.patient_id = patient.id AND staging.withdrawn_at IS NULL
  ORDER BY staging.date DESC, staging.id DESC, version.number DESC LIMIT 1
) staged ON true
LEFT JOIN LATERAL (
  SELECT result ->> 'liver_class' AS class FROM decisions_assessment
  WHERE staging_version_id = staged.id ORDER BY created_at DESC, id DESC LIMIT 1
) liver ON true

LEFT JOIN LATERAL (
  SELECT actual_start FROM patients_treatmentline
  WHERE patient_id = patient.id AND intent IS DISTINCT FROM 'adjuvant'
    AND actual_start IS NOT NULL AND ended_on IS NULL
  ORDER BY number DESC LIMIT 1
) line ON true
LEFT JOIN LATERAL (
  SELECT (staged.document #>> '{treatment,current_start_date}')::date AS start
  WHERE staged.document #>> '{treatment,intent}' IS DISTINCT FROM 'adjuvant'
) stated ON true
CROSS JOIN LATERAL (
  SELECT coalesce(line.actual_start, CASE WHEN NOT EXISTS (
    SELECT FROM patients_treatmentline ended
    WHERE ended.patient_id = patient.id AND ended.actual_start = stated.start AND ended.ended_on IS NOT NULL
  ) THEN stated.start END) AS start
) therapy
LEFT JOIN LATERAL (  -- how the last window of this therapy ended
  SELECT ended.ending, ender.outcome FROM meetings_reassessment ended
  LEFT JOIN meetings_boarddecision ender ON ender.id = ended.ending_decision_id
  WHERE ended.patient_id = patient.id AND ended.ended_at IS NOT NULL
    AND coalesce(ended.actual_start, ended.planned_start) >= therapy.start
  ORDER BY ended.ended_at DESC, ended.id DESC LIMIT 1
) last_window ON true

LEFT JOIN LATERAL (  -- the newest decision, whatever it says
  SELECT decision.id, decision.outcome, meeting.starts_at,
         decision.outcome IN ('palliative', 'supportive', 'surveillance') AND decision.rationale ~ '\\S' AS leaves
  FROM meetings_boarddecision decision
  JOIN meetings_agendaitem item ON item.id = decision.item_id
  JOIN meetings_meeting meeting ON meeting.id = item.meeting_id
  JOIN patients_staging staging ON staging.id = item.staging_id
  WHERE staging.patient_id = patient.id
  ORDER BY meeting.starts_at DESC, decision.id DESC LIMIT 1
) decision ON true

CROSS JOIN LATERAL (
  SELECT therapy.start IS NOT NULL
    AND liver.class IS DISTINCT FROM 'resectable'
    AND coalesce(staged.document #>> '{case,phase}', '') NOT IN ('post_resection', 'post_transplant')
    AND last_window.ending IS DISTINCT FROM 'not_needed'
    AND coalesce(last_window.outcome, 'continue') IN ('conversion', 'continue', 'neoadjuvant', 'work_up')
    AND NOT coalesce(
      decision.leaves AND staged.date <= (decision.starts_at AT TIME ZONE %s)::date, false
    ) AS yes
) on_therapy
CROSS JOIN LATERAL (
  SELECT decision.outcome <> 'adjuvant' AND NOT decision.leaves
    AND (
      decision.outcome IN ('conversion', 'continue')
      OR EXISTS (SELECT FROM meetings_decisionelement WHERE decision_id = decision.id AND kind = 'systemic')
    )
    AND NOT EXISTS (
      SELECT FROM meetings_reassessment since
      WHERE since.patient_id = patient.id AND since.ending IN ('not_needed', 'decided')
        AND since.ended_at >= decision.starts_at AND since.ending_decision_id IS DISTINCT FROM decision.id
    ) AS yes
) by_decision

LEFT JOIN LATERAL (
  SELECT max(pgh_created_at) AS at FROM meetings_reassessmentevent
  WHERE patient_id = patient.id AND pgh_label = 'delete' AND ended_at IS NULL
) deletion ON true
CROSS JOIN LATERAL (
  SELECT deletion.at IS NOT NULL
    AND NOT EXISTS (
      SELECT FROM meetings_reassessment newer
      WHERE newer.patient_id = patient.id AND newer.created_at > deletion.at
    )
    AND coalesce(decision.starts_at <= deletion.at, true) AS yes
) by_deletion

WHERE patient.vital_status = 'alive' AND (on_therapy.yes OR by_decision.yes OR by_deletion.yes)
ORDER BY patient.case_id
"""


@dataclass(frozen=True, slots=True)
class OnDuty:
    """A patient who must have an open reminder, `why` in words, and whether there is one.

    `decision` is the primary key of the decision that asks for it; None where the reason is another.
    """

    patient: int
    case_id: str
    has_reminder: bool
    why: str
    decision: int | None


def on_duty() -> list[OnDuty]:
    """Everybody who must have an open reminder, by case number."""
    with connection.cursor() as cursor:
        cursor.execute(QUERY, [timezone.get_current_timezone_name()])
        rows = cursor.fetchall()
    return [
        OnDuty(pk, case_id, has_reminder, _why(start, liver, decision and decided_at, deleted_at), decision)
        for pk, case_id, has_reminder, start, liver, decision, decided_at, deleted_at in rows
    ]


def _why(
    start: datetime.date | None,
    liver: str | None,
    decided_at: datetime.datetime | None,
    deleted_at: datetime.datetime | None,
) -> str:
    reasons = []
    if start is not None:
        known = "the liver is not resectable" if liver else "nobody knows whether the liver is resectable"
        reasons.append(f"systemic therapy since {day(start)}, {known}")
    if decided_at is not None:
        reasons.append(f"the board decided for systemic therapy on {day(timezone.localdate(decided_at))}")
    if deleted_at is not None:
        reasons.append(f"an open reminder was deleted on {day(timezone.localdate(deleted_at))}")
    return "; ".join(reasons)
