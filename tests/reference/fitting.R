# Reference results for the judgement of fitted models, from R. Run by hand where R is installed; the results are committed:
#   Rscript fitting.R
# Debian: r-cran-survival r-cran-jsonlite
# The data are R's own (heart of package survival): rows that come under observation late.
suppressMessages({library(survival); library(jsonlite)})
num <- function(x) unname(as.numeric(x))
score <- round(heart$age / 10 + 2 * heart$surgery, 1)
found <- concordance(Surv(start, stop, event) ~ score, heart, reverse = TRUE)
fit <- coxph(Surv(start, stop, event) ~ score, heart)
out <- list(versions = list(R = R.version.string, survival = as.character(packageVersion("survival"))),
  start = heart$start, stop = heart$stop, event = heart$event, score = score,
  concordance = num(found$concordance), se = num(sqrt(found$var)), count = num(found$count),
  slope = num(coef(fit)), slope_se = num(sqrt(vcov(fit))))
write(toJSON(out, digits = NA, auto_unbox = TRUE), "fitting.json")
