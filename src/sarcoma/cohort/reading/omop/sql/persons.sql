-- How many persons there are, and how many of them have an id that others have. $1 is not used.
SELECT COUNT(*) AS n_rows, COUNT(DISTINCT p.person_id) AS persons
FROM person p
WHERE '-1' = $1
