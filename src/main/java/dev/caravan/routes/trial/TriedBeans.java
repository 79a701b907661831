package dev.caravan.routes.trial;

import java.lang.reflect.Method;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import net.thisptr.jackson.jq.Scope;
import org.apache.camel.BeanScope;
import org.apache.camel.CamelContext;
import org.apache.camel.Component;
import org.apache.camel.Expression;
import org.apache.camel.Predicate;
import org.apache.camel.Processor;
import org.apache.camel.spi.BeanProcessorFactory;
import org.apache.camel.spi.BeanRepository;
import org.apache.camel.spi.Language;
import org.apache.camel.support.ExpressionToPredicateAdapter;
import org.slf4j.Logger;
import org.springframework.context.ApplicationContext;

/**
 * The beans of a trial: those of the application that it may call. For every other there is {@link NotTried}, so that a route
 * gets hold of nothing that could have an effect, however it names it.
 */
final class TriedBeans implements BeanRepository {
    private static final String PREFIX = "bean:";
    private static final String CLASS = "class:";
    private static final String CAMEL = "org.apache.camel.";

    private final ApplicationContext application;
    private final Set<String> tried;
    private final Outside outside;
    private final Logger log;
    private final Supplier<Scope> jq;

    /**
     * @param log to which steps write what they log
     * @param jq the functions of jq
     */
    TriedBeans(ApplicationContext application, Set<String> tried, Outside outside, Logger log, Supplier<Scope> jq) {
        this.application = application;
        this.tried = tried;
        this.outside = outside;
        this.log = log;
        this.jq = jq;
    }

    boolean has(String name) {
        return tried.contains(name);
    }

    @Override
    public Object lookupByName(String name) {
        if (!application.containsBean(name) || isCamels(application.getType(name, false))) {
            return null;
        }
        return has(name) ? application.getBean(name) : new NotTried(outside, PREFIX + name);
    }

    /** A component, data format or language belongs to one context: a trial makes its own. */
    private static boolean isCamels(Class<?> type) {
        return type != null
                && (Component.class.isAssignableFrom(type) || type.getName().startsWith(CAMEL));
    }

    @Override
    public <T> T lookupByNameAndType(String name, Class<T> type) {
        Object bean = lookupByName(name);
        return type.isInstance(bean) ? type.cast(bean) : null;
    }

    /** Camel asks for its own parts, which belong to one context: none of the application's, but two of the trial's. */
    @Override
    public <T> Map<String, T> findByTypeWithName(Class<T> type) {
        if (type == Logger.class) {
            return Map.of("log", type.cast(log));
        }
        return type == Scope.class ? Map.of("jq", type.cast(jq.get())) : Map.of();
    }

    @Override
    public <T> Set<T> findByType(Class<T> type) {
        return Set.copyOf(findByTypeWithName(type).values());
    }

    /** What a {@code bean} step calls. */
    BeanProcessorFactory factory(BeanProcessorFactory camels) {
        return new BeanProcessorFactory() {
            @Override
            public Processor createBeanProcessor(CamelContext context, Object bean, Method method) {
                return new NotTried(outside, CLASS + method.getDeclaringClass().getName());
            }

            @Override
            public Processor createBeanProcessor(
                    CamelContext context,
                    Object bean,
                    String beanType,
                    Class<?> beanClass,
                    String ref,
                    String method,
                    BeanScope scope)
                    throws Exception {
                if (ref != null && has(ref)) {
                    return camels.createBeanProcessor(context, bean, beanType, beanClass, ref, method, scope);
                }
                Class<?> type = beanClass == null && bean != null ? bean.getClass() : beanClass;
                String name = ref != null ? PREFIX + ref : CLASS + (type == null ? beanType : type.getName());
                return new NotTried(outside, of(name, method));
            }
        };
    }

    /** What every expression goes through that calls a method, as {@code bean} of Camel takes its arguments. */
    Language language(Language camels) {
        return new MethodCalls(camels);
    }

    private final class MethodCalls implements Language {
        private static final int BEAN = 1;
        private static final int METHOD = 2;
        private static final int TYPE = 3;
        private static final int REF = 4;

        private final Language camels;

        MethodCalls(Language camels) {
            this.camels = camels;
        }

        @Override
        public Expression createExpression(String expression) {
            String name = expression.split("[.?:(]", 2)[0];
            return has(name) ? camels.createExpression(expression) : new NotTried(outside, PREFIX + expression);
        }

        @Override
        public Expression createExpression(String expression, Object[] properties) {
            Object bean = at(properties, BEAN);
            Object ref = at(properties, REF);
            boolean isData = bean != null && !(bean instanceof NotTried) && !(bean instanceof Class);
            boolean isTried = ref instanceof String name && has(name);
            if (isData || isTried) { // what a message holds has come from a step that was tried
                return camels.createExpression(expression, properties);
            }
            Object method = at(properties, METHOD);
            if (bean instanceof NotTried known) {
                return known;
            }
            Class<?> type = (Class<?>) (bean == null ? at(properties, TYPE) : bean);
            String name = ref != null ? PREFIX + ref : CLASS + (type == null ? "?" : type.getName());
            return new NotTried(outside, of(name, (String) method));
        }

        private static Object at(Object[] properties, int place) {
            return properties != null && properties.length > place ? properties[place] : null;
        }

        @Override
        public Predicate createPredicate(String expression) {
            return ExpressionToPredicateAdapter.toPredicate(createExpression(expression));
        }

        @Override
        public Predicate createPredicate(String expression, Object[] properties) {
            return ExpressionToPredicateAdapter.toPredicate(createExpression(expression, properties));
        }
    }

    /** Without the arguments of the method. */
    private static String of(String name, String method) {
        return method == null ? name : name + '.' + method.split("\\(", 2)[0];
    }
}
