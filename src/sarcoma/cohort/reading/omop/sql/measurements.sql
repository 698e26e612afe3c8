-- Their measurements that are known. $1, $2, $3: as for people.sql. $4: concepts of measurements.
SELECT m.measurement_id, m.person_id, m.measurement_concept_id AS concept_id, m.measurement_date AS dated,
    CAST(m.value_as_number AS FLOAT8) AS number, m.value_as_concept_id AS value_id, m.unit_concept_id AS unit_id,
    m.measurement_event_id, m.meas_event_field_concept_id
FROM measurement m
WHERE m.person_id IN (
{asked}
)
  AND m.measurement_concept_id = ANY(string_to_array($4, ',')::bigint[])
