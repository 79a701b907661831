package dev.caravan.job;

import java.util.function.Function;
import org.apache.camel.Exchange;
import org.apache.camel.Expression;
import org.apache.camel.Predicate;
import org.apache.camel.support.ExpressionAdapter;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * What the routes of jobs ask of the {@link TransitionResult} in their body. The language simple could ask the same, but copies
 * the exchange to call a method of the body.
 */
@Configuration(proxyBeanMethods = false)
class JobExpressions {
    @Bean
    Predicate jobNeedsMessage() {
        return exchange -> result(exchange).needsMessage();
    }

    /** Whether the submission in the body is of a job with a unique key. */
    @Bean
    Predicate jobIsUnique() {
        return exchange -> exchange.getMessage().getBody() instanceof JobTransition submission && submission.isUnique();
    }

    /** Whether the submission in the body is of a member of a batch. */
    @Bean
    Predicate jobIsOfBatch() {
        return exchange ->
                exchange.getMessage().getBody() instanceof JobTransition submission && submission.batch() != null;
    }

    /** Whether the job in the variable of that name was submitted with an Idempotency-Key. */
    @Bean
    Predicate jobHasKey() {
        return exchange -> exchange.getVariable("job", Job.class).hasKey();
    }

    /** Not if another worker has the job, it has ended, or this node has no handler for it. */
    @Bean
    Predicate jobIsStarted() {
        return exchange -> result(exchange).isStarted();
    }

    @Bean
    Predicate jobIsFailed() {
        return exchange -> result(exchange).isFailed();
    }

    @Bean
    Predicate jobIsReplayed() {
        return exchange -> result(exchange).done() && result(exchange).state() == JobState.QUEUED;
    }

    /** Whether a withdrawal came too late; the body is null if its result is not known yet. */
    @Bean
    Predicate jobIsClaimed() {
        return exchange -> exchange.getMessage().getBody() instanceof TransitionResult result && result.isClaimed();
    }

    @Bean
    Expression jobOfTransition() {
        return expression(TransitionResult::job);
    }

    @Bean
    Expression typeOfJob() {
        return expression(result -> result.job().type());
    }

    /** Where the first message of a job goes: of that whose submission was stored, or of that in the variable. */
    @Bean
    Expression queueOfJob(JobSettings settings) {
        return new ExpressionAdapter() {
            @Override
            public Object evaluate(Exchange exchange) {
                Job job = exchange.getMessage().getBody() instanceof TransitionResult stored
                        ? stored.job()
                        : exchange.getVariable("job", Job.class);
                return settings.queueOf(job.priority());
            }
        };
    }

    private static Expression expression(Function<TransitionResult, Object> value) {
        return new ExpressionAdapter() {
            @Override
            public Object evaluate(Exchange exchange) {
                return value.apply(result(exchange));
            }
        };
    }

    private static TransitionResult result(Exchange exchange) {
        return (TransitionResult) exchange.getMessage().getBody();
    }
}
