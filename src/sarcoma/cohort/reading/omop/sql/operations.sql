-- Their procedures, with the episode of surgery that each belongs to. $1, $2, $3: as for people.sql.
-- $4: concepts of episodes of surgery. $5: of the field procedure_occurrence_id. $6: of procedures.
SELECT q.procedure_occurrence_id, q.person_id, q.procedure_concept_id AS concept_id, q.procedure_date AS done,
    s.episode_id, s.episode_parent_id AS parent
FROM procedure_occurrence q
LEFT JOIN (
    SELECT v.event_id, e.episode_id, e.person_id, e.episode_parent_id
    FROM episode_event v
    JOIN episode e ON e.episode_id = v.episode_id
        AND e.episode_concept_id = ANY(string_to_array($4, ',')::bigint[])
    WHERE v.episode_event_field_concept_id = ANY(string_to_array($5, ',')::bigint[])
) s ON s.event_id = q.procedure_occurrence_id AND s.person_id = q.person_id
WHERE q.person_id IN (
{asked}
)
  AND (s.episode_id IS NOT NULL OR q.procedure_concept_id = ANY(string_to_array($6, ',')::bigint[]))
