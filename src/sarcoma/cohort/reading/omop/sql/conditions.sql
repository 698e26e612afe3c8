-- Their conditions: sarcomas, recurrences, metastases. $1, $2, $3: as for people.sql. $4: concepts of conditions.
SELECT o.condition_occurrence_id, o.person_id, o.condition_concept_id AS concept_id, o.condition_start_date AS starts
FROM condition_occurrence o
WHERE o.person_id IN (
{asked}
)
  AND o.condition_concept_id = ANY(string_to_array($4, ',')::bigint[])
