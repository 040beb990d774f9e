"""Pictures of the tables of a database: what a table holds, the picture that fits it, and how it is drawn."""
