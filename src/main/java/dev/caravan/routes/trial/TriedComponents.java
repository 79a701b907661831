package dev.caravan.routes.trial;

import java.util.Map;
import java.util.Set;
import org.apache.camel.CamelContext;
import org.apache.camel.Component;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.PollingConsumer;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.component.bean.BeanComponent;
import org.apache.camel.component.direct.DirectComponent;
import org.apache.camel.impl.engine.DefaultComponentResolver;
import org.apache.camel.spi.ComponentResolver;
import org.apache.camel.support.DefaultComponent;
import org.apache.camel.support.DefaultConsumer;
import org.apache.camel.support.DefaultEndpoint;
import org.apache.camel.support.DefaultProducer;
import org.apache.camel.support.PollingConsumerSupport;

/**
 * The components of a trial: those that stay within its context. Of every other there is none, but one of the same name whose
 * endpoints are stubs; so nothing goes out, whichever step names an endpoint, and be it made while a message is processed.
 */
final class TriedComponents implements ComponentResolver {
    private static final Set<String> WITHIN = Set.of("dataformat", "language", "log");

    private final ComponentResolver camels = new DefaultComponentResolver();
    private final Set<String> starts;
    private final TriedBeans beans;
    private final Outside outside;

    /** @param starts the names of {@code direct:} at which routes of the trial start */
    TriedComponents(Set<String> starts, TriedBeans beans, Outside outside) {
        this.starts = starts;
        this.beans = beans;
        this.outside = outside;
    }

    @Override
    public Component resolveComponent(String name, CamelContext context) throws Exception {
        return switch (name) {
            case "direct" -> new Direct();
            case "bean" -> new Beans();
            default -> WITHIN.contains(name) ? camels.resolveComponent(name, context) : new Stubs();
        };
    }

    private final class Direct extends DirectComponent {
        @Override
        protected Endpoint createEndpoint(String uri, String name, Map<String, Object> options) throws Exception {
            if (starts.contains(name)) {
                return super.createEndpoint(uri, name, options);
            }
            options.clear();
            return new Stub(uri, this);
        }
    }

    private final class Beans extends BeanComponent {
        @Override
        protected Endpoint createEndpoint(String uri, String name, Map<String, Object> options) throws Exception {
            if (beans.has(name)) {
                return super.createEndpoint(uri, name, options);
            }
            options.clear();
            return new Stub(uri, this);
        }
    }

    private final class Stubs extends DefaultComponent {
        @Override
        public Endpoint createEndpoint(String uri) {
            return new Stub(uri, this);
        }

        @Override
        public Endpoint createEndpoint(String uri, Map<String, Object> options) {
            return new Stub(uri, this);
        }

        @Override
        protected Endpoint createEndpoint(String uri, String path, Map<String, Object> options) {
            return new Stub(uri, this);
        }
    }

    private final class Stub extends DefaultEndpoint {
        Stub(String uri, Component component) {
            super(uri, component);
        }

        @Override
        public boolean isLenientProperties() {
            return true;
        }

        @Override
        public Producer createProducer() {
            return new DefaultProducer(this) {
                @Override
                public void process(Exchange exchange) {
                    outside.send(exchange, getEndpointUri());
                }
            };
        }

        /** It gets nothing; its route is there for the one message of the trial. */
        @Override
        public Consumer createConsumer(Processor route) {
            return new DefaultConsumer(this, route);
        }

        @Override
        public PollingConsumer createPollingConsumer() {
            return new PollingConsumerSupport(this) {
                @Override
                public Exchange receive() {
                    return outside.poll(getEndpointUri())
                            .map(body -> {
                                Exchange answer = getEndpoint().createExchange();
                                answer.getMessage().setBody(body);
                                return answer;
                            })
                            .orElse(null);
                }

                @Override
                public Exchange receiveNoWait() {
                    return receive();
                }

                @Override
                public Exchange receive(long timeout) {
                    return receive();
                }
            };
        }
    }
}
