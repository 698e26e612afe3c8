-- Their observation periods. $1, $2, $3: as for people.sql.
SELECT o.person_id, o.observation_period_start_date AS starts, o.observation_period_end_date AS ends
FROM observation_period o
WHERE o.person_id IN (
{asked}
)
