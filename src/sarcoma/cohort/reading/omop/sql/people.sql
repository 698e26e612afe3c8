-- Persons with a sarcoma. $1: concepts of disease episodes. $2: of sarcomas. $3: of the field condition_occurrence_id.
SELECT p.person_id, p.gender_concept_id, p.year_of_birth, p.month_of_birth, p.day_of_birth,
    CAST(p.birth_datetime AS DATE) AS born, p.person_source_value, s.care_site_name
FROM person p
LEFT JOIN (
    SELECT a.care_site_id, MIN(a.care_site_name) AS care_site_name FROM care_site a GROUP BY a.care_site_id
) s ON s.care_site_id = p.care_site_id
WHERE p.person_id IN (
{asked}
)
