-- Their deaths. $1, $2, $3: as for people.sql.
SELECT t.person_id, t.death_date AS died, t.cause_concept_id AS cause
FROM death t
WHERE t.person_id IN (
{asked}
)
