"""A page over the database: filters become SQL, a run can be started and watched. Served to this machine only."""
