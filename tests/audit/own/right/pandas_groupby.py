# right: host-only data frame work timed with the wall clock
import time
import pandas as pd

t0 = time.time()
orders = pd.read_csv("orders.csv", parse_dates=["created"])
print("read: %.1f s" % (time.time() - t0))

t0 = time.time()
daily = (
    orders.assign(day=orders["created"].dt.date)
    .groupby(["day", "country"])["amount"]
    .agg(["sum", "count"])
)
print("aggregate: %.0f ms" % ((time.time() - t0) * 1000))
daily.to_parquet("daily.parquet")
