#!/bin/bash
#SBATCH --job-name=saddle
#SBATCH --array=0-1
#SBATCH --cpus-per-task=1
#SBATCH --time=01:00:00
# sbatch --array=0-99 array.sh my_plan 10      100 parts of 10 scenarios
set -euo pipefail
model=$1
size=$2
start=$((SLURM_ARRAY_TASK_ID * size))
mkdir -p parts
saddle run "$model" --scenarios "$start:$((start + size))" --output "parts/$start.db" \
    --workers "${SLURM_CPUS_PER_TASK:-1}"
