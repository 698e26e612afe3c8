# Reference results for what registries need, from R. Run by hand where R is installed; the results are committed:
#   Rscript registry.R
# Debian: r-cran-survival r-cran-cmprsk r-cran-prodlim r-cran-relsurv r-cran-mets r-cran-jsonlite
# The data are R's own (package survival); the life table is made up by a formula; only results are written.
suppressMessages({library(survival); library(cmprsk); library(prodlim); library(relsurv); library(mets); library(jsonlite)})
tight <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 60)
out <- list(versions = list(R = R.version.string, survival = as.character(packageVersion("survival")),
  cmprsk = as.character(packageVersion("cmprsk")), prodlim = as.character(packageVersion("prodlim")),
  relsurv = as.character(packageVersion("relsurv")), mets = as.character(packageVersion("mets"))))
num <- function(x) unname(as.numeric(x))

lung2 <- na.omit(lung[, c("time", "status", "age", "sex", "ph.ecog")])
mg <- mgus2
mg$etime <- with(mg, ifelse(pstat == 0, futime, ptime))
mg$cause <- with(mg, ifelse(pstat == 0, 2 * death, 1))
mg$female <- as.numeric(mg$sex == "F")
mg$decade <- mg$age / 10
mg$age3 <- findInterval(mg$age, c(60, 75), left.open = TRUE) + 1
mg$times <- 1 + (seq_len(nrow(mg)) - 1) %% 3                            # case weights that are counts
mg$centre <- seq_len(nrow(mg)) %% 37
mg$fixed <- 0.25 * (mg$dxyr - 1980) / 10
mg$entry <- pmin(pmax((7 * seq_len(nrow(mg))) %% 60 - 20, 0), mg$etime / 2)    # made-up delayed entry
mg <- mg[, c("id", "etime", "cause", "female", "decade", "age", "age3", "times", "centre", "fixed", "entry", "dxyr",
  "futime", "death", "sex")]
mg$fcause <- factor(mg$cause, 0:2, c("none", "pcm", "death"))
rep_rows <- mg[rep(seq_len(nrow(mg)), mg$times), ]
rep_rows$copy <- seq_len(nrow(rep_rows))
out$data <- list(mgus2 = c(nrow(mg), sum(mg$etime), sum(mg$cause), sum(mg$entry), sum(mg$fixed)))

# ---- Fine–Gray: weights, strata, clusters, offset, and the incidence ---------------------------------------------------
new <- data.frame(decade = c(6, 7.5), female = c(0, 1), fixed = c(0, 0.1))
fg <- function(data, formula, model, late = FALSE, ties = "breslow") {
  rows <<- finegray(formula, data, etype = "pcm", id = copy)

  f <- coxph(model, rows, weights = fgwt, ties = ties, control = tight)

  s <- summary(survfit(f, newdata = new, se.fit = TRUE), times = c(24, 60, 120), extend = TRUE)
  list(coef = num(coef(f)), var = unname(f$var), naive = unname(if (is.null(f$naive.var)) f$var else f$naive.var),
    loglik = f$loglik[2], surv = s$surv, se = s$std.err / s$surv, times = c(24, 60, 120))
}
mg$copy <- mg$id
plain <- Surv(etime, fcause) ~ .
in_strata <- Surv(etime, fcause) ~ . + strata(female) - female
out$fg <- list()
for (ties in c("breslow", "efron")) out$fg[[ties]] <- list(
  offset = fg(mg, plain, Surv(fgstart, fgstop, fgstatus) ~ decade + female + offset(fixed) + cluster(id), ties = ties),
  cluster = fg(mg, plain, Surv(fgstart, fgstop, fgstatus) ~ decade + female + cluster(centre), ties = ties))
# weights that are counts: rows repeated, those of one person a cluster
out$fg$breslow$weight <- fg(rep_rows, plain, Surv(fgstart, fgstop, fgstatus) ~ decade + female + cluster(id))
by_sex <- function(data, formula, model, start) {                       # finegray in each stratum, rows bound together
  rows <<- do.call(rbind, lapply(0:1, function(s) finegray(formula, data[data$female == s, ], etype = "pcm", id = copy)))
  f <- coxph(model, rows, weights = fgwt, ties = "breslow", control = tight)
  s <- summary(survfit(f, newdata = new, se.fit = TRUE), times = c(24, 60, 120), extend = TRUE)
  list(coef = num(coef(f)), var = unname(f$var), loglik = f$loglik[2], surv = s$surv, se = s$std.err / s$surv)
}
out$fg$breslow$strata <- by_sex(mg, plain, Surv(fgstart, fgstop, fgstatus) ~ decade + strata(female) + cluster(id))
out$fg$breslow$strata_weight <- by_sex(rep_rows, plain, Surv(fgstart, fgstop, fgstatus) ~ decade + strata(female) + cluster(id))
late <- Surv(entry, etime, fcause) ~ .
out$fg$breslow$late_strata_weight <- by_sex(rep_rows, late, Surv(fgstart, fgstop, fgstatus) ~ decade + strata(female) + cluster(id))
# an outside view of the paper's variance, with the uncertainty of G: mets, whose censoring is stratified as well
untied <- mg; set.seed(1); untied$etime <- untied$etime + (seq_len(nrow(mg)) * 0.6180339887) %% 1 / 2
m1 <- cifreg(Event(etime, cause) ~ decade + female, untied, cause = 1, cens.code = 0, propodds = NULL)
m2 <- cifreg(Event(etime, cause) ~ decade + strata(female), untied, cause = 1, cens.code = 0, cens.model = ~ strata(female), propodds = NULL)
m3 <- cifreg(Event(etime, cause) ~ decade + female + cluster(centre), untied, cause = 1, cens.code = 0, propodds = NULL)
out$mets <- lapply(list(plain = m1, strata = m2, cluster = m3), function(m) list(coef = num(coef(m)), var = unname(m$var)))

# ---- concordance under delayed entry -----------------------------------------------------------------------------------
counts <- function(f) num(f$count)                                      # concordant, discordant, tied.x, tied.y, tied.xy
out$concordance <- list(
  late = counts(concordance(Surv(entry, etime, cause != 0) ~ decade, mg, reverse = TRUE)),
  weight = counts(concordance(Surv(entry, etime, cause != 0) ~ decade, mg, weights = times, reverse = TRUE)),
  strata = unname(concordance(Surv(entry, etime, cause != 0) ~ decade + strata(female), mg, reverse = TRUE)$count))
# Uno's, pair by pair: weights (S(t-)/Y(t))^2 by survfit's left-truncated curve, over the times with 20 at risk or more
uno <- function(d, least) {
  e <- d$cause != 0
  s <- survfit(Surv(d$entry, d$etime, e) ~ 1)
  ev <- sort(unique(d$etime[e]))
  risk <- sapply(ev, function(t) sum(d$entry < t & d$etime >= t))
  ok <- rle(risk >= least); ends <- cumsum(ok$lengths); best <- which(ok$values)[which.max(ok$lengths[ok$values])]
  ev <- ev[(ends[best] - ok$lengths[best] + 1):ends[best]]
  won <- all <- 0; surv <- 1
  for (t in ev) {
    y <- sum(d$entry < t & d$etime >= t); cases <- which(e & d$etime == t & d$entry < t)
    others <- which(d$entry < t & (d$etime > t | (d$etime == t & !e))); w <- (surv / y)^2
    for (i in cases) {
      won <- won + w * sum((d$decade[others] < d$decade[i]) + (d$decade[others] == d$decade[i]) / 2); all <- all + w * length(others)
    }
    surv <- surv * (1 - length(cases) / y)
  }
  c(won / all, min(ev), max(ev))
}
out$uno <- list(late = uno(mg, 20), whole = num(concordance(Surv(etime, cause != 0) ~ decade, mg, reverse = TRUE, timewt = "n/G2")$concordance))

# ---- Gray's test under delayed entry -----------------------------------------------------------------------------------
# observed - expected: the score at 0 of the Fine-Gray model with Geskus' weights of each group's own (by survfit, as in
# finegray, which however keeps the times of a group's own events only)
before <- function(f, t) { k <- findInterval(t, f$time, left.open = TRUE); c(1, f$surv)[k + 1] }
gray_score <- function(d) {
  gs <- sort(unique(d$group)); u <- 0 * gs; ts <- sort(unique(d$etime[d$cause == 1]))
  held <- sapply(gs, function(g) { e <- d[d$group == g, ]
    G <- survfit(Surv(entry, etime - 1e-3 * (cause != 0), cause == 0) ~ 1, e)
    H <- survfit(Surv(-etime, -entry, rep(1, nrow(e))) ~ 1, e)          # reversed time; those at the origin come last
    # H(t): the product over entries after t, that is over reversed times before -t
    gh <- function(t) before(G, t) * sapply(t, function(one) prod((1 - H$n.event / H$n.risk)[H$time <= -one & H$time < 0 & H$n.event > 0]))
    # as cmprsk: a group counts as long as someone of it is under observation
    sapply(ts, function(t) if (!any(e$entry < t & e$etime >= t)) 0 else sum(e$entry < t & e$etime >= t) + { m <- e$cause == 2 & e$etime < t
      if (any(m)) sum(gh(t) / gh(e$etime[m])) else 0 }) })
  died <- sapply(gs, function(g) sapply(ts, function(t) sum(d$group == g & d$etime == t & d$cause == 1)))
  colSums(died - rowSums(died) * held / rowSums(held))
}
# the covariance by Gray's formulas, written out term by term (loops over times and groups)
gray_direct <- function(d) {
  gs <- sort(unique(d$group)); G <- length(gs); ts <- sort(unique(d$etime[d$cause != 0])); n <- length(ts)
  Y <- D <- O <- matrix(0, G, n)
  for (g in 1:G) for (k in 1:n) { m <- d$group == gs[g]
    Y[g, k] <- sum(m & d$entry < ts[k] & d$etime >= ts[k]); D[g, k] <- sum(m & d$etime == ts[k] & d$cause == 1)
    O[g, k] <- sum(m & d$etime == ts[k] & d$cause > 1) }
  S <- Sm <- Fm <- matrix(0, G, n)
  for (g in 1:G) { s <- 1; f <- 0
    for (k in 1:n) { Sm[g, k] <- s; Fm[g, k] <- f
      if (Y[g, k] > 0) { f <- f + s * D[g, k] / Y[g, k]; s <- s * (1 - (D[g, k] + O[g, k]) / Y[g, k]) }
      S[g, k] <- s } }
  H <- ifelse(Y > 0, Y / Sm, 0); R <- H * (1 - Fm); h <- colSums(H)
  rise <- colSums(D) / h; F0 <- cumsum(rise); F0m <- c(0, F0[-n])
  observed <- rowSums(D); expected <- sapply(1:G, function(g) sum(R[g, ] * colSums(D) / colSums(R)))
  V <- matrix(0, G, G)
  A <- function(i, r, k) H[i, k] * ((i == r) - H[r, k] / h[k])
  I <- array(0, c(G, G, n))                                             # integral of A dF0/(1 - F0-) after each time
  for (i in 1:G) for (r in 1:G) { run <- 0; for (k in n:1) { I[i, r, k] <- run; run <- run + A(i, r, k) * rise[k] / (1 - F0m[k]) } }
  for (r in 1:G) for (k in 1:n) if (Y[r, k] > 0) {
    dd <- sum(D[, k]); tie1 <- if (dd > 1) 1 - (dd - 1) / (h[k] * Sm[r, k] - 1) else 1
    oo <- O[r, k]; tie2 <- if (oo > 1) 1 - (oo - 1) / (Y[r, k] - 1) else 1
    q <- if (S[r, k] > 0) (1 - F0[k]) / S[r, k] else 0; lead <- if (S[r, k] > 0) 1 - q else 1
    for (i in 1:G) for (j in 1:G) V[i, j] <- V[i, j] +
      (A(i, r, k) + lead * I[i, r, k]) * (A(j, r, k) + lead * I[j, r, k]) * rise[k] / H[r, k] * tie1 +
      q^2 * I[i, r, k] * I[j, r, k] * Sm[r, k]^2 * oo / Y[r, k]^2 * tie2 }
  u <- (observed - expected)[-1]
  list(observed = observed, expected = expected, V = V, statistic = num(t(u) %*% solve(V[-1, -1], u)))
}
mg$group <- mg$age3
out$gray <- gray_direct(mg); out$gray$score <- num(gray_score(mg))
no_entry <- mg; no_entry$entry <- 0
out$gray_whole <- c(direct = gray_direct(no_entry)$statistic, cmprsk = num(cuminc(mg$etime, mg$cause, mg$group)$Tests[1, "stat"]))

# ---- relative and net survival, by a life table of a formula -----------------------------------------------------------
# yearly probability of death 1 - exp(-h), h = exp(-10.1 + 0.09 age + 0.45 male - 0.012 (year - 1980)), by completed age
# and calendar year; a year is 365.241 days, as in relsurv
ages <- 0:110; years <- 1950:2020; Y <- 365.241
rate <- array(0, c(length(ages), length(years), 2))
for (s in 1:2) rate[, , s] <- exp(outer(-10.1 + 0.09 * ages, -0.012 * (years - 1980), "+") + 0.45 * (s == 1)) / Y
made_up <- rate
attributes(made_up) <- list(dim = dim(rate), dimnames = list(age = as.character(ages), year = as.character(years), sex = c("male", "female")),
  dimid = c("age", "year", "sex"), type = c(2, 2, 1), cutpoints = list(ages * Y, (years - 1960) * Y, NULL), class = "ratetable")
i <- seq_len(nrow(mg))
rs <- data.frame(days = mg$futime * 30.4375, death = mg$death, age = (mg$age + (i * 0.618) %% 1) * Y,
  year = (mg$dxyr + (i * 0.3) %% 1 - 1960) * Y, sex = ifelse(mg$sex == "M", "male", "female"))
rs$days[rs$days == 0] <- 1
at <- c(12, 60, 120, 240) * 30.4375
relative <- function(d, ...) { f <- rs.surv(Surv(days, death) ~ 1, d, ratetable = made_up, rmap = list(age = age, year = year, sex = sex), ...)
  k <- sapply(at, function(t) max(which(f$time <= t + 1e-9))); list(surv = f$surv[k], se = f$std.err[k], low = f$lower[k], high = f$upper[k], times = f$time[k]) }
fh <- "fleming-harrington"
out$relative <- list(ederer1 = relative(rs, method = "ederer1"),
  # as anyone would call it: hazards looked up once a day, and the integral of Pohar Perme's estimator as relsurv adds it up
  pohar_day = relative(rs, method = "pohar-perme", type = fh, add.times = at),
  pohar_16th = relative(rs, method = "pohar-perme", type = fh, add.times = at, precision = 1 / 16))
# In relsurv (netfastpinter2.c) the sums of the integrand go on from one fine step to the next within an interval, so that
# each step gets the mean of all steps before it; a smaller `precision` does not mend that, intervals of one step do. So
# the times at which anyone's hazard changes are given as times, each just after it, and everything has one step.
few <- rs[1:300, ]
turns <- function(d) { k <- 0:40; up <- function(v) as.vector(outer(ceiling(v / Y) * Y - v, k * Y, "+"))
  t <- c(up(d$age), up(d$year)) + 1e-7; t[t > 1e-6 & t < max(d$days)] }
tis <- sort(union(few$days, c(at[at < max(few$days)], turns(few))))
e <- relsurv:::exp.prep(cbind(few$age, few$year, ifelse(few$sex == "male", 1, 2)), few$days, made_up, few$death, times = tis, fast = TRUE, prec = 1e9)
k <- sapply(at, function(t) which.min(abs(tis - t)))
out$relative$exact <- list(net = exp(-cumsum(e$dnisi / e$yisi - e$yidlisiw))[k], net_product = (cumprod(1 - e$dnisi / e$yisi) * exp(cumsum(e$yidlisiw)))[k],
  net_se = sqrt(cumsum(e$dnisisq / e$yisi^2))[k], ederer2 = exp(-cumsum(e$dni / e$yi - e$yidli / e$yi))[k], ederer2_se = sqrt(cumsum(e$dni / e$yi^2))[k])
f <- rs.surv(Surv(days, death) ~ 1, few, ratetable = made_up, rmap = list(age = age, year = year, sex = sex), type = fh, add.times = tis, precision = 1e9)
out$relative$exact$rs_surv <- f$surv[sapply(at, function(t) which.min(abs(f$time - t)))]

# ---- restricted means and median follow-up ------------------------------------------------------------------------------
rmean <- function(formula, d, tau) { s <- summary(survfit(formula, d), rmean = tau)$table; list(mean = num(s[, "rmean"]), se = num(s[, "se(rmean)"])) }
out$rmst <- list(lung = rmean(Surv(time, status == 2) ~ sex, lung2, 600), mgus2 = rmean(Surv(etime, cause != 0) ~ age3, mg, 120))
m <- summary(survfit(Surv(etime, fcause) ~ female, mg, id = id), rmean = 120)$table
out$rmst$lost <- list(mean = num(m[, "rmean"]), names = rownames(m))
back <- function(f) { q <- quantile(f, 0.5); list(median = num(q$quantile), low = num(q$lower), high = num(q$upper)) }
censored <- list(lung = survfit(Surv(time, status == 1) ~ 1, lung2, conf.type = "log-log"),
  lung_first = survfit(Surv(time - 1e-3 * (status == 2), status == 1) ~ 1, lung2, conf.type = "log-log"),
  mgus2_first = survfit(Surv(etime - 1e-3 * (cause != 0), cause == 0) ~ female, mg, conf.type = "log-log"))
out$followed <- lapply(censored, back)
p <- prodlim(Hist(time, status == 2) ~ 1, lung2, reverse = TRUE)
out$followed$prodlim <- list(time = p$time, surv = p$surv)

writeLines(toJSON(out, digits = 17, auto_unbox = TRUE, matrix = "rowmajor"), "registry.json")
