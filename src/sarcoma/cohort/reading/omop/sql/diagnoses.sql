-- What disease episodes and conditions are of: each concept, with its rows and persons.
-- $1: concepts of disease episodes. $2: concepts of the field condition_occurrence_id.
SELECT d.origin, d.concept_id, COUNT(*) AS n_rows, COUNT(DISTINCT d.person_id) AS persons
FROM (
    SELECT 'episode' AS origin, e.person_id, e.episode_object_concept_id AS concept_id
    FROM episode e
    WHERE e.episode_concept_id = ANY(string_to_array($1, ',')::bigint[])
    UNION ALL
    SELECT 'episode-condition' AS origin, e.person_id, d.condition_concept_id AS concept_id
    FROM episode e
    JOIN episode_event v ON v.episode_id = e.episode_id
        AND v.episode_event_field_concept_id = ANY(string_to_array($2, ',')::bigint[])
    JOIN condition_occurrence d ON d.condition_occurrence_id = v.event_id
    WHERE e.episode_concept_id = ANY(string_to_array($1, ',')::bigint[])
    UNION ALL
    SELECT 'condition' AS origin, o.person_id, o.condition_concept_id AS concept_id
    FROM condition_occurrence o
) d
GROUP BY d.origin, d.concept_id
