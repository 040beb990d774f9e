#!/bin/bash
#SBATCH --job-name=saddle-merge
# sbatch --dependency=afterok:ARRAY_JOB merge.sh my_plan
set -euo pipefail
saddle merge "$1" parts/*.db
