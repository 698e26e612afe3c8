-- The code of each concept. $1: concepts.
SELECT c.concept_id, c.vocabulary_id, c.concept_code
FROM concept c
WHERE c.concept_id = ANY(string_to_array($1, ',')::bigint[])
