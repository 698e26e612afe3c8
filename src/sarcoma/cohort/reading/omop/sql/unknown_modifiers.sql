-- Measurements tied to their episodes, conditions or procedures whose concept is not known: how many of each.
-- $1, $2, $3: as for people.sql. $4: concepts of measurements that are known. $5: of the fields that are tied to.
SELECT m.measurement_concept_id AS concept_id, COUNT(*) AS n_rows
FROM measurement m
WHERE m.person_id IN (
{asked}
)
  AND m.meas_event_field_concept_id = ANY(string_to_array($5, ',')::bigint[])
  AND NOT m.measurement_concept_id = ANY(string_to_array($4, ',')::bigint[])
GROUP BY m.measurement_concept_id
