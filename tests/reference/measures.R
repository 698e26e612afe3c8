# Reference results for the measures of prediction, from R. Run by hand where R is installed; the results are committed:
#   Rscript measures.R
# Debian: r-cran-survival r-cran-prodlim r-cran-riskregression r-cran-pec r-cran-rms r-cran-jsonlite
# The data are R's own (mgus2 of package survival); the predictions are formulas, not fits, so that nothing else is compared.
suppressMessages({library(survival); library(riskRegression); library(prodlim); library(pec); library(rms)})
suppressMessages(library(jsonlite))
num <- function(x) unname(as.numeric(x))
pdf(NULL)  # no plot file is left behind
out <- list(versions = list(R = R.version.string, survival = as.character(packageVersion("survival")),
  prodlim = as.character(packageVersion("prodlim")), riskRegression = as.character(packageVersion("riskRegression")),
  pec = as.character(packageVersion("pec")), rms = as.character(packageVersion("rms"))))

mg <- mgus2
mg$time <- with(mg, ifelse(pstat == 0, futime, ptime))
mg$cause <- with(mg, ifelse(pstat == 0, 2 * death, 1))
mg$event <- as.numeric(mg$cause > 0)
mg$untied <- mg$time + (seq_len(nrow(mg)) %% 977) / 1e4
at <- c(60, 120, 240)
# made-up predictions, rounded so that some are tied
lin <- function(a, b) round(a * (mg$age - 70) / 10 + b * (mg$sex == "M"), 1)
crude <- function(l) sapply(at, function(t) 1 - exp(-t / 1500 * exp(l)))
all <- function(l) sapply(at, function(t) 1 - exp(-t / 120 * exp(l)))
first <- list(crude = crude(lin(-0.1, -0.2)), all = all(lin(0.5, 0.3)))
second <- list(crude = crude(lin(0.2, 0.3)), all = all(lin(0.2, -0.1)))
out$linear <- list(first = lin(0.5, 0.3), second = lin(0.2, -0.1), crude = lin(-0.1, -0.2), crude2 = lin(0.2, 0.3))
out$times <- at

# ---- AUC(t), Brier, differences -----------------------------------------------------------------------------------------
score <- function(kind, formula, conservative) {
  s <- Score(list(A = first[[kind]], B = second[[kind]]), formula, mg, times = at, cause = 1, metrics = c("auc", "brier"),
    summary = c("ipa", "ibs"), se.fit = TRUE, conservative = conservative, cens.model = "km", null.model = TRUE,
    split.method = "none")
  table <- function(d, columns) lapply(split(as.data.frame(d), as.character(d$model)), function(x) lapply(x[columns], num))
  a <- as.data.frame(s$AUC$contrasts); b <- as.data.frame(s$Brier$contrasts)
  b <- b[b$model == "B" & b$reference == "A", ]
  list(auc = table(s$AUC$score, c("AUC", "se")), brier = table(s$Brier$score, c("Brier", "se", "IPA", "IBS")),
    delta_auc = list(value = a$delta.AUC, se = a$se), delta_brier = list(value = b$delta.Brier, se = b$se))
}
out$score <- list(crude = score("crude", Hist(time, cause) ~ 1, FALSE), all = score("all", Hist(time, event) ~ 1, FALSE),
  untied = score("crude", Hist(untied, cause) ~ 1, FALSE), untied_all = score("all", Hist(untied, event) ~ 1, FALSE),
  conservative = score("crude", Hist(time, cause) ~ 1, TRUE))

cox <- Score(list(A = first$crude, B = second$crude), Hist(untied, cause) ~ age, mg, times = at, cause = 1,
  metrics = c("auc", "brier"), se.fit = FALSE, cens.model = "cox", null.model = FALSE, split.method = "none")
out$cox_weights <- list(auc = num(cox$AUC$score$AUC), brier = num(cox$Brier$score$Brier))

# ---- concordance ----------------------------------------------------------------------------------------------------------
cc <- function(...) { f <- concordance(..., data = mg, reverse = TRUE); list(value = num(f$concordance), var = num(f$var), count = num(f$count)) }
l <- lin(0.5, 0.3); l2 <- lin(0.2, -0.1)
out$concordance <- list(harrell = cc(Surv(time, event) ~ l), harrell_120 = cc(Surv(time, event) ~ l, ymax = 120),
  uno = cc(Surv(time, event) ~ l, timewt = "n/G2"), uno_120 = cc(Surv(time, event) ~ l, timewt = "n/G2", ymax = 120))
two <- concordance(coxph(Surv(time, event) ~ l, mg), coxph(Surv(time, event) ~ l2, mg))
out$concordance$two <- list(value = num(two$concordance), var = unname(two$var))
wolbers <- function(time, model, kind) sapply(list(first[[kind]][, 2], second[[kind]][, 2]), function(p)
  num(pec::cindex(list(A = as.matrix(p)), formula = as.formula(paste0("Hist(", time, ",", model, ")~1")), data = mg, cause = 1, eval.times = 120,
    pred.times = 120, cens.model = "marginal", verbose = FALSE)$AppCindex$A))
out$wolbers <- list(tied = wolbers("time", "cause", "crude"), untied = wolbers("untied", "cause", "crude"),
  uno = wolbers("untied", "event", "all"))

# ---- calibration ----------------------------------------------------------------------------------------------------------
groups <- function(kind, formula) {
  s <- Score(list(A = first[[kind]][, 2]), formula, mg, times = 120, cause = 1, metrics = "brier", se.fit = FALSE, plots = "calibration",
    cens.model = "km", null.model = FALSE, split.method = "none")
  p <- plotCalibration(s, method = "quantile", q = 4, cens.method = "local", plot = FALSE)$plotFrames$A
  list(predicted = num(p$Pred), observed = num(p$Obs))
}
out$groups <- list(crude = groups("crude", Hist(time, cause) ~ 1), all = groups("all", Hist(time, event) ~ 1))
cll <- function(p) log(-log(1 - p))
x <- cll(first$all[, 2])
tight <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 60)
limited <- pmin(mg$time, 120); died <- mg$event * (mg$time <= 120)
fit <- coxph(Surv(limited, died) ~ x, control = tight)
out$cox_line <- list(slope = num(coef(fit)), se = sqrt(num(vcov(fit))))
pseudo_line <- function(kind, theta) {  # Gaussian estimating equations with the cloglog link, sandwich variance
  z <- cll(first[[kind]][, 2])
  solve_for <- function(X, offset) {
    b <- rep(0, ncol(X))
    for (i in 1:100) { eta <- drop(X %*% b) + offset; mu <- 1 - exp(-exp(eta)); g <- exp(eta - exp(eta))
      step <- solve(crossprod(X * g), crossprod(X * g, theta - mu)); b <- b + drop(step); if (max(abs(step)) < 1e-13) break }
    eta <- drop(X %*% b) + offset; mu <- 1 - exp(-exp(eta)); g <- exp(eta - exp(eta))
    bread <- solve(crossprod(X * g)); meat <- crossprod(X * g * (theta - mu))
    list(coef = num(b), se = sqrt(num(diag(bread %*% meat %*% bread))))
  }
  list(intercept = solve_for(matrix(1, length(z), 1), z), line = solve_for(cbind(1, z), 0 * z))
}
jack <- function(formula, cause) num(jackknife(prodlim(formula, mg), times = 120, cause = cause))
out$pseudo_line <- list(crude = pseudo_line("crude", jack(Hist(time, cause) ~ 1, 1)),
  all = pseudo_line("all", 1 - num(jackknife(prodlim(Hist(time, event) ~ 1, mg), times = 120))))
theta <- jack(Hist(time, cause) ~ 1, 1); p <- first$crude[, 2]
smooth <- loess(theta ~ p, degree = 2, span = 0.75, control = loess.control(surface = "direct", statistics = "exact"))
grid <- quantile(p, seq(0.05, 0.95, 0.1))
s <- predict(smooth, newdata = data.frame(p = grid), se = TRUE)
out$loess <- list(grid = num(grid), fit = num(s$fit), se = num(s$se.fit))
fitted <- predict(smooth); gap <- abs(fitted - p)
out$loess$measures <- c(mean(gap), median(gap), num(quantile(gap, 0.9)), max(gap), sqrt(mean(gap^2)))

# ---- rms's val.surv --------------------------------------------------------------------------------------------------------
lung2 <- na.omit(lung[, c("time", "status", "age", "sex", "ph.ecog")])
fit <- coxph(Surv(time, status == 2) ~ age + sex + ph.ecog, lung2, ties = "breslow", control = tight, x = TRUE)
p <- 1 - t(summary(survfit(fit, newdata = lung2), times = c(180, 365))$surv)
dd <- datadist(lung2); options(datadist = "dd")
f <- cph(Surv(time, status == 2) ~ age + sex + ph.ecog, lung2, method = "breslow", x = TRUE, y = TRUE, surv = TRUE, time.inc = 365)
v <- val.surv(f, newdata = lung2, S = Surv(lung2$time, lung2$status == 2), u = 365, evaluate = 10)
out$val_surv <- list(risk = unname(p), predicted = num(v$p), actual = num(v$actual))
write_json(out, "measures.json", digits = I(17), auto_unbox = TRUE)
