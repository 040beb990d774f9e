"""Integer answers judged, bounded and searched for."""
