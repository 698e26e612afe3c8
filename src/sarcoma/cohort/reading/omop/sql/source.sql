-- What the database says of itself. $1 is not used.
SELECT s.cdm_source_name, s.cdm_source_abbreviation, s.source_release_date, s.cdm_release_date
FROM cdm_source s
WHERE '-1' = $1
