"""Problems whose decisions follow outcomes, one outcome at a time: cuts, levels, and a proof put together again."""
