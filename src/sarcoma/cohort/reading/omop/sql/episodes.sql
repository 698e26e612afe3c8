-- Their episodes: of disease, of surgery, of radiotherapy. $1, $2, $3: as for people.sql. $4: concepts of episodes.
SELECT e.episode_id, e.person_id, e.episode_concept_id, e.episode_start_date AS starts, e.episode_parent_id AS parent,
    e.episode_object_concept_id AS concept_id
FROM episode e
WHERE e.person_id IN (
{asked}
)
  AND e.episode_concept_id = ANY(string_to_array($4, ',')::bigint[])
