# right: datetime marks the wall time of an ETL job on the host
from datetime import datetime, timezone
import gzip
import json
import pathlib

began = datetime.now(timezone.utc)
rows = 0
for path in sorted(pathlib.Path("dump").glob("*.json.gz")):
    with gzip.open(path, "rt") as src, open(path.with_suffix(""), "w") as dst:
        for line in src:
            rec = json.loads(line)
            if rec.get("lang") == "en":
                dst.write(json.dumps({"id": rec["id"], "text": rec["text"]}) + "\n")
                rows += 1
took = datetime.now(timezone.utc) - began
print(f"{rows} rows kept, took {took.total_seconds() / 60:.1f} min, {rows / took.total_seconds():.0f} rows/s")
