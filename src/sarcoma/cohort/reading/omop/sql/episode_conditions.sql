-- The conditions that their disease episodes are of. $1, $2, $3: as for people.sql.
SELECT e.episode_id, d.condition_occurrence_id, d.condition_concept_id AS concept_id
FROM episode e
JOIN episode_event v ON v.episode_id = e.episode_id
    AND v.episode_event_field_concept_id = ANY(string_to_array($3, ',')::bigint[])
JOIN condition_occurrence d ON d.condition_occurrence_id = v.event_id
WHERE e.person_id IN (
{asked}
)
  AND e.episode_concept_id = ANY(string_to_array($1, ',')::bigint[])
