-- Their episodes: of disease, and what belongs to it. $1, $2, $3: as for people.sql.
SELECT e.episode_id, e.person_id, e.episode_concept_id, e.episode_start_date AS starts, e.episode_parent_id AS parent,
    e.episode_object_concept_id AS concept_id
FROM episode e
WHERE e.person_id IN (
{asked}
)
