# A whole validation, and an update, of a Cox model in R, on R's own data. Run by hand where R is installed:
#   Rscript validation.R
# Debian: r-cran-survival r-cran-prodlim r-cran-riskregression r-cran-jsonlite
# gbsg of package survival: a Cox model of one half of the patients, judged on the other half at 24 and 48 months.
# mgus2: made-up crude predictions of progression, with death competing, judged at 120 months.
suppressMessages({library(survival); library(riskRegression); library(prodlim); library(jsonlite)})
num <- function(x) unname(as.numeric(x))
at <- c(24, 48)
g <- gbsg
g$months <- round(g$rfstime / 30.4375, 3)
g$cm <- g$size / 10
g$two <- as.numeric(g$grade == 2); g$three <- as.numeric(g$grade == 3)
one <- g[g$pid %% 2 == 0, ]; other <- g[g$pid %% 2 == 1, ]
fit <- coxph(Surv(months, status) ~ age + cm + two + three, one, ties = "breslow", control = coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 50))
base <- basehaz(fit, centered = FALSE)
h0 <- sapply(at, function(t) max(base$hazard[base$time <= t]))
beta <- num(coef(fit))
X <- as.matrix(other[, c("age", "cm", "two", "three")])
lp <- drop(X %*% beta)
risk <- sapply(h0, function(h) 1 - exp(-h * exp(lp)))
out <- list(beta = beta, h0 = h0, times = at, rows = list(age = other$age, cm = other$cm, grade = other$grade,
  months = other$months, status = other$status))

table <- function(risk, formula, data, times, cause) {
  s <- Score(list(m = risk), formula, data, times = times, cause = cause, metrics = c("auc", "brier"), summary = "ipa",
    se.fit = TRUE, conservative = FALSE, cens.model = "km", null.model = TRUE, split.method = "none")
  a <- as.data.frame(s$AUC$score); b <- as.data.frame(s$Brier$score); b <- b[b$model == "m", ]
  list(auc = num(a$AUC), auc_se = num(a$se), brier = num(b$Brier), brier_se = num(b$se), ipa = num(b$IPA))
}
out$score <- table(risk, Hist(months, status) ~ 1, other, at, 1)
km <- summary(survfit(Surv(months, status) ~ 1, other), times = at)
out$observed <- 1 - num(km$surv)
out$expected <- num(colMeans(risk))
out$uno <- sapply(1:2, function(k) num(concordance(Surv(months, status) ~ lp, other, reverse = TRUE, timewt = "n/G2", ymax = at[k])$concordance))

# estimating equations of pseudo-values at both horizons, people independent
theta <- 1 - jackknife(prodlim(Hist(months, status) ~ 1, other), times = at)
cll <- function(p) log(-log(1 - p))
offset <- cll(risk)
n <- nrow(other)
solve_for <- function(design, offset) {  # design: one matrix for each horizon
  Z <- do.call(rbind, design); o <- as.vector(offset); y <- as.vector(theta); who <- rep(1:n, length(design))
  b <- rep(0, ncol(Z))
  for (i in 1:200) { eta <- drop(Z %*% b) + o; mu <- 1 - exp(-exp(eta)); d <- exp(eta - exp(eta))
    step <- solve(crossprod(Z * d), crossprod(Z * d, y - mu)); b <- b + drop(step); if (max(abs(step)) < 1e-13) break }
  eta <- drop(Z %*% b) + o; mu <- 1 - exp(-exp(eta)); d <- exp(eta - exp(eta))
  each <- rowsum(Z * d * (y - mu), who); bread <- solve(crossprod(Z * d))
  list(coef = num(b), cov = bread %*% crossprod(each) %*% bread * n / (n - ncol(Z)))
}
same <- lapply(1:2, function(k) matrix(1, n, 1))
each <- lapply(1:2, function(k) { m <- matrix(0, n, 2); m[, k] <- 1; m })
add <- function(parts, x) lapply(parts, function(m) cbind(m, x))
large <- solve_for(same, offset)
slope <- solve_for(add(same, lp), offset)
baseline <- solve_for(add(each, lp), offset)
refit <- solve_for(add(each, X), offset)
wald <- function(f, C) { d <- C %*% f$coef; w <- drop(t(d) %*% solve(C %*% f$cov %*% t(C)) %*% d); c(w, nrow(C), pchisq(w, nrow(C), lower.tail = FALSE)) }
I <- diag(6); equal <- I[2, , drop = FALSE] - I[1, , drop = FALSE]
across <- t(qr.Q(qr(cbind(beta, diag(4))))[, 2:4]); beside <- cbind(matrix(0, 3, 2), across)
out$ladder <- list(large = large$coef, large_se = sqrt(diag(large$cov)), slope = slope$coef, baseline = baseline$coef, refit = refit$coef,
  tests = list(original = wald(refit, I), large = wald(refit, rbind(equal, I[3:6, ])), slope = wald(refit, rbind(equal, beside)),
    baseline = wald(refit, beside)))

m <- mgus2
m$time <- with(m, ifelse(pstat == 0, futime, ptime)); m$cause <- with(m, ifelse(pstat == 0, 2 * death, 1))
p <- round(1 - exp(-0.09 * exp(-0.02 * (m$age - 70) + 0.25 * (m$sex == "F"))), 6)
out$crude <- c(list(rows = list(months = m$time, cause = m$cause, risk = p), expected = mean(p),
  observed = num(predict(prodlim(Hist(time, cause) ~ 1, m), times = 120, cause = 1)[[1]])),
  table(matrix(p), Hist(time, cause) ~ 1, m, 120, 1))
write_json(out, "validation.json", digits = I(17), auto_unbox = TRUE)
