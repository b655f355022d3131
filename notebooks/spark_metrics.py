#!/usr/bin/env python3
"""Growth and engagement of a whole archive on Spark, for what outgrows one machine.

    spark-submit notebooks/spark_metrics.py data/archive out/

Submit it to your cluster with ``--master`` as usual. Archive and output have to lie where every worker finds them
under the same path, and influtics-lab has to be installed where you submit from: the workers run no Python. If Spark
has no connector for the object store of an archive, ``--copy-to DIR`` first copies its files into a folder that every
worker sees::

    spark-submit notebooks/spark_metrics.py s3://bucket/archive out/ --copy-to /mnt/shared/archive

Two tables come out, as Parquet. ``out/readings`` has one row for each video and timestamp, with what growth,
engagement and age add: the same columns, and to nine digits the same numbers, as the same functions give for
``lab.Archive("data/archive").history()`` on a laptop. ``out/latest`` has each video's last row of it. Rows come in no
order; sort by ``video_id, timestamp`` where you need one. To add a metric, add a line to ``measured``.
"""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as sf

import influtics_lab as lab

COUNTS = ["views", "likes", "comments", "reposts"]
OF_VIDEO = ["external_video_id", "platform", "title", "created_at", "published_at"]


def known(spark: SparkSession, files: list[Path | str], key: list[str], end: dt.datetime | None) -> DataFrame:
    """Return the rows of a table as the archive knew them: the last version of each key that was not removed."""
    rows = spark.read.parquet(*map(str, files))
    if end is not None:
        rows = rows.where(sf.col("seen_at") < sf.lit(end))
    newest_first = Window.partitionBy(*key).orderBy(sf.desc("snapshot"))
    last = rows.withColumn("nth", sf.row_number().over(newest_first)).where("nth = 1")
    return last.where(~sf.col("removed"))


def history(
    spark: SparkSession, archive: lab.Archive, end: dt.datetime | None = None, copy_to: Path | None = None
) -> DataFrame:
    """Return what ``archive.history()`` returns, without the columns that no metric here needs."""
    files = {table: archive.files(table, into=copy_to) for table in ("stats", "videos")}
    stats = known(spark, files["stats"], ["video_id", "timestamp"], end).select("video_id", "timestamp", *COUNTS)
    videos = known(spark, files["videos"], ["video_id"], end).select("video_id", *OF_VIDEO)
    return stats.join(videos, on="video_id")


def measured(frame: DataFrame) -> DataFrame:
    """Add the metrics."""
    frame = lab.growth(frame, "views", "likes")
    frame = lab.acceleration(frame, "views")
    frame = lab.engagement_rate(frame)
    frame = lab.incremental_engagement_rate(frame)
    return lab.with_age(frame)


def main() -> None:
    """Read the archive, measure, write."""
    parser = argparse.ArgumentParser(description="Growth and engagement of an archive, on Spark.")
    parser.add_argument("archive", help="the archive's folder or URL")
    parser.add_argument("out", help="where the tables go; what is there of them is replaced")
    parser.add_argument("--as-of", type=dt.date.fromisoformat, metavar="DATE", help="as known at the end of that day")
    parser.add_argument("--copy-to", type=Path, metavar="DIR", help="copy the archive's files into this folder first")
    given = parser.parse_args()

    end = None
    if given.as_of:
        end = dt.datetime.combine(given.as_of + dt.timedelta(days=1), dt.time(), dt.UTC)
    spark = SparkSession.builder.appName("influtics-lab").getOrCreate()
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    spark.conf.set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")  # as polars and DuckDB read it

    readings = f"{given.out}/readings"
    measured(history(spark, lab.Archive(given.archive), end, given.copy_to)).write.mode("overwrite").parquet(readings)
    lab.latest(spark.read.parquet(readings)).write.mode("overwrite").parquet(f"{given.out}/latest")
    spark.stop()


if __name__ == "__main__":
    main()
