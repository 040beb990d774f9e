"""Why a run came out as it did, and what would change it: conflicts, repairs, ranges, curves, regimes, differences."""
