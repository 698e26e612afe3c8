"""A registry in the OMOP common data model 5.4: read from PostgreSQL or from Parquet exports, and written.

tables.yaml    the tables and columns that are read and written
concepts.yaml  what concepts mean here, and where that was read
sql/           the queries, the same on both engines
"""
