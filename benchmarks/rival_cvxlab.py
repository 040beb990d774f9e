"""A whole run of CVXlab 1.1 on a model folder, for its own interpreter: python rival_cvxlab.py FOLDER"""

import builtins
import os
import sys
from pathlib import Path


def main(folder: Path) -> None:
    builtins.input = lambda *_: "n"
    keep = {path: path.read_bytes() for path in (folder / "input_data").iterdir()}
    csv = any(path.suffix == ".csv" for path in keep)
    from cvxlab import Model

    model = Model(
        model_dir_name=folder.name,
        main_dir_path=str(folder.parent),
        model_settings_from="yml",
        multiple_input_files=csv,
        input_data_files_type="csv" if csv else "xlsx",
        log_level="warning",
    )
    model.initialize_model_environment()
    for path, data in keep.items():
        path.write_bytes(data)
    model.refresh_database_and_initialize_problem(force_overwrite=True)
    coupled = "profit:" in (folder / "problem.yml").read_text()
    # where a solver names none, CVXPY chooses one that is slower on these models
    mode = {"solution_mode": "integrated"} if coupled else {}
    model.run_model(force_overwrite=True, solver="HIGHS", **mode)
    model.load_results_to_database(force_overwrite=True)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main(Path(sys.argv[1]))
