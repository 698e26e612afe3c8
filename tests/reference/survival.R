# Reference results for the survival core, from R. Run by hand where R is installed; the results are committed:
#   Rscript survival.R [folder with ebmt3.csv and ebmt4.csv]
# Debian: r-cran-survival r-cran-cmprsk r-cran-etm r-cran-prodlim r-cran-riskregression r-cran-rms r-cran-jsonlite
# The data are R's own (package survival) and, where the folder is given, mstate's; only results are written.
suppressMessages({library(survival); library(cmprsk); library(etm); library(prodlim); library(jsonlite)})
suppressMessages({library(riskRegression); library(rms)})
folder <- commandArgs(trailingOnly = TRUE)
tight <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 60)
out <- list(versions = list(R = R.version.string, survival = as.character(packageVersion("survival")),
  cmprsk = as.character(packageVersion("cmprsk")), etm = as.character(packageVersion("etm")),
  prodlim = as.character(packageVersion("prodlim")), riskRegression = as.character(packageVersion("riskRegression")),
  rms = as.character(packageVersion("rms"))))
num <- function(x) unname(as.numeric(x))

# ---- data -------------------------------------------------------------------------------------------------------------
lung2 <- na.omit(lung[, c("time", "status", "age", "sex", "ph.ecog")])
lung2$w <- 0.5 + (seq_len(nrow(lung2)) %% 5) / 4
lung2$centre <- seq_len(nrow(lung2)) %% 17
mg <- mgus2
mg$etime <- with(mg, ifelse(pstat == 0, futime, ptime))
mg$cause <- with(mg, ifelse(pstat == 0, 2 * death, 1))
mg$female <- as.numeric(mg$sex == "F")
mg$decade <- mg$age / 10
mg <- mg[, c("id", "etime", "cause", "female", "decade", "ptime", "pstat", "futime", "death", "age")]
mg$w <- 0.5 + (seq_len(nrow(mg)) %% 5) / 4
ht <- heart; ht$transplant <- as.numeric(as.character(ht$transplant))
cg <- cgd; cg$treated <- as.numeric(cg$treat == "rIFN-g")
out$data <- list(lung = c(nrow(lung2), sum(lung2$time), sum(lung2$age)), mgus2 = c(nrow(mg), sum(mg$etime), sum(mg$cause), sum(mg$age)),
  heart = c(nrow(ht), sum(ht$stop), sum(ht$age)), veteran = c(nrow(veteran), sum(veteran$time), sum(veteran$karno)),
  cgd = c(nrow(cg), sum(cg$tstop), sum(cg$age)), rotterdam = c(nrow(rotterdam), sum(rotterdam$dtime), sum(rotterdam$age)))

# ---- Kaplan–Meier -----------------------------------------------------------------------------------------------------
km <- function(fit, times) { s <- summary(fit, times = times); list(times = times, surv = num(s$surv), se = num(s$std.err),
  low = num(s$lower), high = num(s$upper)) }
f <- survfit(Surv(time, status == 2) ~ 1, lung2, conf.type = "log")
fll <- survfit(Surv(time, status == 2) ~ 1, lung2, conf.type = "log-log")
fp <- survfit(Surv(time, status == 2) ~ 1, lung2, conf.type = "plain")
at <- c(5, 60, 180, 365, 700, 1000)
q <- quantile(f, c(.25, .5, .75)); qll <- quantile(fll, c(.25, .5, .75))
rm <- summary(f, rmean = 600)$table
out$km <- list(log = km(f, at), loglog = km(fll, at), plain = km(fp, at),
  quantile = list(value = num(q$quantile), low = num(q$lower), high = num(q$upper)),
  quantile_loglog = list(low = num(qll$lower), high = num(qll$upper)),
  rmean = num(rm["rmean"]), rmean_se = num(rm["se(rmean)"]))
f <- survfit(Surv(start, stop, event) ~ transplant, ht, conf.type = "log")
out$km_entry <- lapply(0:1, function(i) km(f[i + 1], c(5, 30, 90, 300)))
f <- survfit(Surv(time, status == 2) ~ 1, lung2, weights = w)
out$km_weight <- list(times = at, surv = num(summary(f, times = at)$surv))
f <- survfit(Surv(time, status == 2) ~ 1, lung2, conf.type = "log-log", start.time = 180)
out$km_conditional <- km(f, c(200, 365, 700))

# ---- competing causes -------------------------------------------------------------------------------------------------
at <- c(6, 60, 120, 240, 360)
ci <- cuminc(mg$etime, mg$cause, cencode = 0)
tp <- timepoints(ci, at)
pf <- prodlim(Hist(etime, cause) ~ 1, mg)
out$cif <- list(times = at, est = list(num(tp$est[1, ]), num(tp$est[2, ])), var_cmprsk = list(num(tp$var[1, ]), num(tp$var[2, ])),
  se_prodlim = lapply(1:2, function(k) num(pf$se.cuminc[[k]][sindex(pf$time, at)])))
g <- cuminc(mg$etime, mg$cause, group = mg$female, cencode = 0)
out$gray <- list(statistic = num(g$Tests[, "stat"]), p = num(g$Tests[, "pv"]))
age3 <- cut(mg$age, c(0, 60, 75, 200), labels = FALSE)
g3 <- cuminc(mg$etime, mg$cause, group = age3, cencode = 0)
out$gray3 <- list(statistic = num(g3$Tests[, "stat"]))
g3 <- cuminc(mg$etime, mg$cause, group = age3, rho = 1, cencode = 0)
out$gray3_rho <- list(statistic = num(g3$Tests[, "stat"]))
gs <- cuminc(mg$etime, mg$cause, group = age3, strata = mg$female, cencode = 0)
out$gray3_strata <- list(statistic = num(gs$Tests[, "stat"]))
set.seed(1); untied <- mg$etime + runif(nrow(mg)) * 1e-3 * 0 + (seq_len(nrow(mg)) %% 977) / 1e4
gu <- cuminc(untied, mg$cause, group = age3, cencode = 0)
out$gray3_untied <- list(statistic = num(gu$Tests[, "stat"]))

# ---- log-rank ---------------------------------------------------------------------------------------------------------
lr <- function(x) list(observed = num(if (is.matrix(x$obs)) rowSums(x$obs) else x$obs),
  expected = num(if (is.matrix(x$exp)) rowSums(x$exp) else x$exp), variance = unname(x$var), chisq = x$chisq)
out$logrank <- lr(survdiff(Surv(time, status == 2) ~ sex, lung2))
out$logrank_rho <- lr(survdiff(Surv(time, status == 2) ~ sex, lung2, rho = 1))
out$logrank3 <- lr(survdiff(Surv(etime, cause == 2) ~ age3, mg))
out$logrank3_strata <- lr(survdiff(Surv(etime, cause == 2) ~ age3 + strata(female), mg))

# ---- several states: P(0, t) and its covariance -------------------------------------------------------------------------
illness_rows <- function(d) {  # one row a stay: id, entry, exit, from, to
  same <- d$pstat == 1 & d$ptime >= d$futime
  d$ptime[same] <- d$futime[same] - 0.1
  a <- with(d, data.frame(id, entry = 0, exit = ifelse(pstat == 1, ptime, futime), from = 0,
    to = ifelse(pstat == 1, 1, ifelse(death == 1, 2, -1))))
  b <- with(d[d$pstat == 1, ], data.frame(id, entry = ptime, exit = futime, from = 1, to = ifelse(death == 1, 2, -1)))
  rbind(a, b)
}
etm_reference <- function(rows, states, allowed, s, times) {
  d <- with(rows, data.frame(id, from = as.character(from), to = ifelse(to < 0, "cens", as.character(to)), entry, exit))
  tra <- matrix(FALSE, states, states); for (k in allowed) tra[k[1] + 1, k[2] + 1] <- TRUE
  e <- etm(d, as.character(0:(states - 1)), tra, "cens", s = s)
  i <- findInterval(times, e$time)
  names <- dimnames(e$cov)[[1]]
  want <- paste(0, 0:(states - 1))
  list(start = s, times = times, p = lapply(i, function(k) e$est[, , k]),
    cov_from_0 = lapply(i, function(k) unname(e$cov[match(want, names), match(want, names), k])))
}
illness <- list(c(0, 1), c(0, 2), c(1, 2))
out$etm_mgus2 <- list(from0 = etm_reference(illness_rows(mg), 3, illness, 0, c(12, 60, 180, 300)),
  from60 = etm_reference(illness_rows(mg), 3, illness, 60, c(90, 180, 300)))
cyclic <- with(mg, data.frame(id, a = pmax(1, etime %/% 3), b = pmax(2, 2 * (etime %/% 3)), c = etime + 3, cause))
cyclic$b <- pmax(cyclic$b, cyclic$a + 1); cyclic$c <- pmax(cyclic$c, cyclic$b + 1)
rows <- rbind(with(cyclic, data.frame(id, entry = 0, exit = a, from = 0, to = 1)),
  with(cyclic, data.frame(id, entry = a, exit = b, from = 1, to = 0)),
  with(cyclic, data.frame(id, entry = b, exit = c, from = 0, to = ifelse(cause == 0, -1, cause))))
out$etm_cyclic <- etm_reference(rows, 3, list(c(0, 1), c(1, 0), c(0, 2)), 0, c(10, 50, 150, 300))

# ---- pseudo-observations ------------------------------------------------------------------------------------------------
f <- survfit(Surv(time, status == 2) ~ 1, lung2)
out$pseudo <- list(times = c(180, 365), infinitesimal = unname(pseudo(f, times = c(180, 365), type = "surv")),
  jackknife = unname(jackknife(prodlim(Hist(time, status == 2) ~ 1, lung2), times = c(180, 365))),
  rmst = num(pseudo(f, times = 600, type = "rmst")))
out$pseudo_cif <- list(times = c(60, 120), jackknife = lapply(1:2, function(k)
  unname(jackknife(pf, times = c(60, 120), cause = k)[1:60, ])))

# ---- Cox ----------------------------------------------------------------------------------------------------------------
cox <- function(fit) list(coef = num(coef(fit)), var = unname(fit$var), naive = unname(if (is.null(fit$naive.var)) fit$var else fit$naive.var),
  loglik = num(fit$loglik), score = num(fit$score))
for (ties in c("efron", "breslow")) {
  fit <- coxph(Surv(time, status == 2) ~ age + sex + ph.ecog, lung2, ties = ties, control = tight)
  b <- basehaz(fit, centered = FALSE)
  nd <- data.frame(age = c(50, 70), sex = c(1, 2), ph.ecog = c(0, 2))
  sf <- summary(survfit(fit, newdata = nd, conf.type = "log"), times = c(100, 365, 600))
  out[[paste0("cox_", ties)]] <- c(cox(fit), list(basehaz = num(b$hazard), basehaz_time = num(b$time),
    surv = unname(sf$surv), surv_se = unname(sf$std.err), low = unname(sf$lower), high = unname(sf$upper),
    martingale = num(residuals(fit, "martingale")), score_res = unname(residuals(fit, "score")),
    schoenfeld = unname(residuals(fit, "schoenfeld")), dfbeta = unname(residuals(fit, "dfbeta")),
    zph = lapply(c(km = "km", identity = "identity", rank = "rank", log = "log"), function(tr)
      unname(cox.zph(fit, transform = tr)$table)), concordance = num(concordance(fit)$count)))
  fit <- coxph(Surv(time, status == 2) ~ age + ph.ecog + strata(sex) + offset(age / 50) + cluster(centre), lung2, weights = w,
    ties = ties, control = tight)
  b <- basehaz(coxph(Surv(time, status == 2) ~ age + ph.ecog + strata(sex), lung2, weights = w, ties = ties, control = tight), centered = FALSE)
  out[[paste0("cox_all_", ties)]] <- c(cox(fit), list(martingale = num(residuals(fit, "martingale")),
    score_res = unname(residuals(fit, "score")), schoenfeld = unname(residuals(fit, "schoenfeld")), zph = unname(cox.zph(fit)$table),
    basehaz = num(b$hazard), basehaz_time = num(b$time)))
  fit <- coxph(Surv(start, stop, event) ~ age + surgery + transplant, ht, ties = ties, control = tight)
  b <- basehaz(fit, centered = FALSE)
  out[[paste0("cox_entry_", ties)]] <- c(cox(fit), list(basehaz = num(b$hazard), basehaz_time = num(b$time),
    martingale = num(residuals(fit, "martingale")), schoenfeld = unname(residuals(fit, "schoenfeld")),
    score_res = unname(residuals(fit, "score")), zph = unname(cox.zph(fit)$table)))
  fit <- coxph(Surv(tstart, tstop, status) ~ treated + age + strata(hos.cat), cg, cluster = id, ties = ties, control = tight)
  out[[paste0("cox_recurrent_", ties)]] <- cox(fit)
  fit <- coxph(Surv(etime, cause == 1) ~ female + decade, mg, ties = ties, control = tight)
  out[[paste0("cox_cause_", ties)]] <- c(cox(fit), list(concordance = num(concordance(fit)$count)))
}
fit <- coxph(Surv(time, status == 2) ~ ridge(age, sex, ph.ecog, theta = 5, scale = FALSE), lung2, control = tight)
out$cox_ridge <- list(coef = num(coef(fit)), var = unname(fit$var))
cw <- concordance(Surv(time, status == 2) ~ ph.ecog, lung2, weights = w, reverse = TRUE)
out$concordance <- list(weighted = num(cw$count), strata = unname(concordance(Surv(time, status == 2) ~ ph.ecog + strata(sex), lung2, reverse = TRUE)$count))

# ---- Fine–Gray ----------------------------------------------------------------------------------------------------------
for (k in 1:2) {
  fit <- crr(mg$etime, mg$cause, cbind(mg$female, mg$decade), failcode = k, cencode = 0, gtol = 1e-12, maxiter = 50)
  fg <- finegray(Surv(etime, factor(cause, 0:2)) ~ female + decade + id, mg, etype = c("1", "2")[k])
  fits <- lapply(c(breslow = "breslow", efron = "efron"), function(ties) cox(coxph(Surv(fgstart, fgstop, fgstatus) ~ female + decade,
    fg, weights = fgwt, cluster = id, ties = ties, control = tight)))
  out[[paste0("fine_gray_", k)]] <- list(coef = num(fit$coef), var = unname(fit$var), inv = unname(fit$invinf), loglik = c(fit$loglik.null, fit$loglik),
    times = num(fit$uftime), bfitj = num(fit$bfitj), predict = matrix(num(predict(fit, rbind(c(0, 7), c(1, 6)))), ncol = 3), finegray = fits)
}
late <- mg; late$entry <- (late$id * 7) %% 40; late <- late[late$etime > late$entry, ]
fg <- finegray(Surv(entry, etime, factor(cause, 0:2)) ~ female + decade, late, etype = "1", id = id)
out$fine_gray_entry <- lapply(c(breslow = "breslow", efron = "efron"), function(ties) cox(coxph(Surv(fgstart, fgstop, fgstatus) ~ female + decade,
    fg, weights = fgwt, ties = ties, control = tight)))

# ---- prediction with several transitions ---------------------------------------------------------------------------------
rows <- illness_rows(mg)
rows <- merge(rows, mg[, c("id", "female", "decade")])
rows <- rows[order(rows$id, rows$entry), ]
rows$to2 <- factor(ifelse(rows$to < 0, 0, rows$to), 0:2, c("none", "pcm", "dead"))
rows$from2 <- factor(rows$from, 0:1, c("(s0)", "pcm"))
fit <- coxph(Surv(entry, exit, to2) ~ female + decade, rows, id = id, ties = "breslow", control = tight)
sf <- survfit(fit, newdata = data.frame(female = c(0, 1), decade = c(7, 6)), p0 = c(1, 0, 0))
at <- c(12, 60, 180, 300)
ss <- summary(sf, times = at)
out$multistate <- list(coef = num(coef(fit)), times = at, states = sf$states, p = unname(ss$pstate))

# two cause-specific regressions into a cumulative incidence, ∏(1 − dA) as the survival (product.limit = TRUE)
two <- CSC(Hist(etime, cause) ~ female + decade, mg, method = "breslow", control = tight)
p <- predict(two, newdata = data.frame(female = c(0, 1), decade = c(7, 6)), times = at, cause = 1, se = TRUE,
  product.limit = TRUE)
out$csc <- list(times = at, risk = unname(p$absRisk), se = unname(p$absRisk.se))

# ---- restricted cubic splines ----------------------------------------------------------------------------------------------
x <- c(20, 35, 50, 61, 70, 85, 95)
out$rcs <- list(x = x, knots = c(20, 45, 60, 80), basis = unname(matrix(
  rcspline.eval(x, knots = c(20, 45, 60, 80), inclx = TRUE, norm = 2), length(x))))

# ---- mstate's data ---------------------------------------------------------------------------------------------------------
if (length(folder)) {
  d <- read.csv(file.path(folder, "ebmt3.csv"))
  a <- with(d, data.frame(id, entry = 0, exit = ifelse(prstat == 1, prtime, rfstime), from = 0, to = ifelse(prstat == 1, 1, ifelse(rfsstat == 1, 2, -1))))
  b <- with(d[d$prstat == 1, ], data.frame(id, entry = prtime, exit = rfstime, from = 1, to = ifelse(rfsstat == 1, 2, -1)))
  rows <- rbind(a, b); rows <- rows[rows$exit > rows$entry, ]
  out$etm_ebmt3 <- etm_reference(rows, 3, illness, 0, c(100, 365, 1000, 3000))
  d <- read.csv(file.path(folder, "ebmt4.csv"))
  stay <- function(from, times, status, entry = 0, keep = TRUE) {  # the first of several possible moves
    first <- apply(ifelse(status == 1, as.matrix(times), Inf), 1, min); last <- do.call(pmax, as.data.frame(times))
    last <- times[, ncol(times)]
    exit <- ifelse(is.finite(first), first, last)
    move <- apply(ifelse(status == 1, as.matrix(times), Inf), 1, which.min)
    data.frame(id = d$id, entry = entry, exit = exit, from = from, to = ifelse(is.finite(first), targets[move], -1))[keep, ]
  }
  targets <- c(1, 2, 4, 5)
  s0 <- stay(0, d[, c("rec", "ae", "rel", "srv")], d[, c("rec.s", "ae.s", "rel.s", "srv.s")])
  targets <- c(3, 4, 5)
  in1 <- s0$to == 1; s1 <- stay(1, d[, c("ae", "rel", "srv")], d[, c("ae.s", "rel.s", "srv.s")], s0$exit, in1)
  in2 <- s0$to == 2; s2 <- stay(2, d[, c("rec", "rel", "srv")], d[, c("rec.s", "rel.s", "srv.s")], s0$exit, in2)
  three <- rbind(s1[s1$to == 3, ], s2[s2$to == 3, ])
  entry3 <- rep(NA, nrow(d)); entry3[match(three$id, d$id)] <- three$exit
  targets <- c(4, 5)
  s3 <- stay(3, d[, c("rel", "srv")], d[, c("rel.s", "srv.s")], entry3, !is.na(entry3))
  rows <- rbind(s0, s1, s2, s3); rows <- rows[rows$exit > rows$entry, ]
  six <- list(c(0, 1), c(0, 2), c(0, 4), c(0, 5), c(1, 3), c(1, 4), c(1, 5), c(2, 3), c(2, 4), c(2, 5), c(3, 4), c(3, 5))
  out$etm_ebmt4 <- c(etm_reference(rows, 6, six, 0, c(30, 100, 365, 2000)), list(rows = nrow(rows), transitions = num(table(rows$from * 10 + rows$to))))
}
write_json(out, "survival.json", digits = I(17), auto_unbox = TRUE)
