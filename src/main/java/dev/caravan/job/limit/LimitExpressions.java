package dev.caravan.job.limit;

import dev.caravan.job.JobTransition;
import org.apache.camel.Predicate;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What the routes of jobs ask about the limits. */
@Configuration(proxyBeanMethods = false)
class LimitExpressions {
    /** Whether the job that the claim in the body would start has limits. */
    @Bean
    Predicate jobIsLimited(JobLimits limits) {
        return exchange -> exchange.getMessage().getBody() instanceof JobTransition claim && limits.limits(claim);
    }
}
