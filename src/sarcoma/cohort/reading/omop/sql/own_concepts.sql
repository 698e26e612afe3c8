-- The concepts of a vocabulary. $1: its name.
SELECT c.concept_id, c.concept_code
FROM concept c
WHERE c.vocabulary_id = $1
