-- Thresholds of the month's budget that were passed; a row is written before anybody is told.
CREATE TABLE budget_alerts (
  month TEXT NOT NULL,
  simulated INTEGER NOT NULL,
  threshold REAL NOT NULL,
  committed_yen REAL NOT NULL,
  budget_yen REAL NOT NULL,
  at INTEGER NOT NULL,
  told_at INTEGER,
  PRIMARY KEY (month, simulated, threshold)
) STRICT, WITHOUT ROWID;
