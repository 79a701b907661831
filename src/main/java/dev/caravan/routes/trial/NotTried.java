package dev.caravan.routes.trial;

import org.apache.camel.AggregationStrategy;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.Expression;
import org.apache.camel.Predicate;
import org.apache.camel.Processor;

/** Stands for a bean or a language that a trial does not call, wherever a route can name one. */
final class NotTried implements Processor, Expression, Predicate, AggregationStrategy {
    private final Outside outside;
    private final String name;

    /** @param name such as {@code bean:rates.of} */
    NotTried(Outside outside, String name) {
        this.outside = outside;
        this.name = name;
    }

    @Override
    public void init(CamelContext context) {
        // there is nothing to prepare
    }

    @Override
    public void process(Exchange exchange) {
        outside.send(exchange, name);
    }

    @Override
    public <T> T evaluate(Exchange exchange, Class<T> type) {
        Object value = outside.evaluate(exchange, name);
        return value == null ? null : exchange.getContext().getTypeConverter().convertTo(type, exchange, value);
    }

    @Override
    public boolean matches(Exchange exchange) {
        return Boolean.TRUE.equals(evaluate(exchange, Boolean.class));
    }

    @Override
    public Exchange aggregate(Exchange before, Exchange next) {
        outside.send(next, name);
        return next;
    }

    @Override
    public String toString() {
        return name;
    }
}
