# Reference results for tables and figures of a paper, from R. Run by hand where R is installed; the results are committed:
#   Rscript paper.R
# Debian: r-cran-survival r-cran-cmprsk r-cran-jsonlite. The cohort is made up (paper_cohort.csv).
suppressMessages({library(survival); library(cmprsk); library(jsonlite)})
tight <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 60)
num <- function(x) unname(as.numeric(x))
d <- read.csv("paper_cohort.csv", na.strings = "")
d$grade <- factor(d$grade); d$sex <- factor(d$sex); d$age10 <- d$age / 10
d$depth <- factor(d$depth, levels = c("superficial", "deep"))
d$cut <- cut(d$size_cm, c(-Inf, 5, 10, Inf))
full <- d[complete.cases(d[, c("age", "sex", "size_cm", "grade", "depth")]), ]
out <- list(versions = list(R = R.version.string, survival = as.character(packageVersion("survival")),
  cmprsk = as.character(packageVersion("cmprsk"))))

told <- function(fit, zph = TRUE) {
  s <- summary(fit)
  r <- list(n = fit$n, events = fit$nevent, coef = num(coef(fit)), se = num(sqrt(diag(vcov(fit)))),
    ratio = num(s$conf.int[, 1]), low = num(s$conf.int[, 3]), high = num(s$conf.int[, 4]), p = num(s$coefficients[, 5]))
  terms <- attr(terms(fit), "term.labels"); terms <- terms[!grepl("strata", terms)]
  assign <- fit$assign[terms]
  r$wald <- sapply(assign, function(j) { b <- coef(fit)[j]
    pchisq(num(t(b) %*% solve(vcov(fit)[j, j]) %*% b), length(j), lower.tail = FALSE) })
  r$wald <- num(r$wald)
  if (zph) { z <- cox.zph(fit, transform = "km", terms = TRUE)$table
    r$zph <- list(chisq = num(z[, "chisq"]), df = num(z[, "df"]), p = num(z[, "p"])) }
  r
}
f <- Surv(months, died) ~ age10 + sex + size_cm + grade + depth
out$together <- told(coxph(f, full, control = tight))
out$concordance <- num(coxph(f, full, control = tight)$concordance["concordance"])
out$alone <- lapply(c("age10", "sex", "size_cm", "grade", "depth"), function(x)
  told(coxph(as.formula(paste("Surv(months, died) ~", x)), full, control = tight), zph = FALSE))
known <- d[complete.cases(d[, c("age", "grade", "size_cm")]), ]
out$entry_strata <- told(coxph(Surv(entry, months, died) ~ age10 + grade + cut + strata(centre), known, control = tight))
d$stop <- ifelse(is.na(d$metastasis), d$months, d$metastasis)
d$spread <- as.numeric(!is.na(d$metastasis))
k <- d[!is.na(d$grade), ]
out$spread <- told(coxph(Surv(stop, spread) ~ age10 + grade, k, control = tight))

# ---- curves by grade ------------------------------------------------------------------------------------------------
at <- c(12, 24, 60)
s <- survfit(Surv(months, died) ~ grade, k, conf.type = "log-log")
out$curves <- lapply(1:3, function(i) { g <- summary(s[i], times = at)
  m <- quantile(s[i], 0.5)
  list(surv = num(g$surv), low = num(g$lower), high = num(g$upper), at_risk = num(g$n.risk), median = num(m$quantile),
    median_low = num(m$lower), median_high = num(m$upper)) })
lr <- survdiff(Surv(months, died) ~ grade, k)
out$logrank <- pchisq(lr$chisq, length(lr$n) - 1, lower.tail = FALSE)
code <- ifelse(k$spread == 1, 1, ifelse(k$died == 1, 2, 0))
ci <- cuminc(k$stop, code, group = k$grade, cencode = 0)
out$gray <- num(ci$Tests[1, "pv"])
out$incidence <- lapply(1:3, function(i) num(timepoints(ci, at)$est[i, ]))

# ---- Table 1 by sex and by grade ------------------------------------------------------------------------------------
smd_number <- function(x, g) { a <- x[g == levels(g)[1] & !is.na(x)]; b <- x[g == levels(g)[2] & !is.na(x)]
  abs(mean(a) - mean(b)) / sqrt((var(a) + var(b)) / 2) }
smd_levels <- function(x, g) { x <- factor(x)
  p <- lapply(levels(g)[1:2], function(l) num(prop.table(table(x[g == l])))[-1])
  v <- lapply(p, function(q) diag(q, length(q)) - q %o% q)
  e <- p[[1]] - p[[2]]; num(sqrt(t(e) %*% solve((v[[1]] + v[[2]]) / 2) %*% e)) }
q <- function(x) num(quantile(x, c(.25, .5, .75), na.rm = TRUE))
out$table1 <- list(age = list(mean = mean(d$age), sd = sd(d$age), quartiles = q(d$age),
    male = q(d$age[d$sex == "male"])), size = list(mean = mean(d$size_cm, na.rm = TRUE), missing = sum(is.na(d$size_cm))),
  by_sex = list(age = smd_number(d$age, d$sex), size = smd_number(d$size_cm, d$sex), grade = smd_levels(d$grade, d$sex),
    depth = smd_levels(d$depth, d$sex)),
  grade_by_sex = lapply(levels(d$sex), function(l) num(table(d$grade[d$sex == l]))))
pairs <- combn(levels(d$grade), 2)
out$table1$by_grade <- list(age = max(apply(pairs, 2, function(p) { s <- d[d$grade %in% p, ]; smd_number(s$age, factor(s$grade)) })),
  depth = max(apply(pairs, 2, function(p) { s <- d[d$grade %in% p, ]; smd_levels(s$depth, factor(s$grade)) })))
write(toJSON(out, digits = 16, auto_unbox = TRUE, pretty = TRUE), "paper.json")
