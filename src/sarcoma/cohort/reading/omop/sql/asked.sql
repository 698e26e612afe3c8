    SELECT e.person_id FROM episode e
    WHERE e.episode_concept_id = ANY(string_to_array($1, ',')::bigint[])
      AND (e.episode_object_concept_id = ANY(string_to_array($2, ',')::bigint[])
        OR EXISTS (
            SELECT 1 FROM episode_event v
            JOIN condition_occurrence d ON d.condition_occurrence_id = v.event_id
            WHERE v.episode_id = e.episode_id
              AND v.episode_event_field_concept_id = ANY(string_to_array($3, ',')::bigint[])
              AND d.condition_concept_id = ANY(string_to_array($2, ',')::bigint[])))
    UNION
    SELECT o.person_id FROM condition_occurrence o
    WHERE o.condition_concept_id = ANY(string_to_array($2, ',')::bigint[])
      AND NOT EXISTS (
          SELECT 1 FROM episode x
          WHERE x.person_id = o.person_id AND x.episode_concept_id = ANY(string_to_array($1, ',')::bigint[])
            AND x.episode_object_concept_id <> 0)
