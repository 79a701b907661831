package dev.caravan.routes.check;

import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.camel.Component;
import org.apache.camel.spi.BeanRepository;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.context.ApplicationContext;

/**
 * The application's beans, for a Camel context that only checks. Parts of Camel itself are hidden: such an object
 * belongs to one context, and a second one would take it away from the first.
 */
final class SharedBeans implements BeanRepository {
    private static final String CAMEL = "org.apache.camel.";

    private final ApplicationContext application;

    SharedBeans(ApplicationContext application) {
        this.application = application;
    }

    @Override
    public Object lookupByName(String name) {
        try {
            return application.containsBean(name) ? shared(name, application.getBean(name)) : null;
        } catch (NoSuchBeanDefinitionException e) {
            return null;
        }
    }

    private Object shared(String name, Object bean) {
        boolean camels = bean instanceof Component || bean.getClass().getName().startsWith(CAMEL);
        return camels && !application.isPrototype(name) ? null : bean;
    }

    @Override
    public <T> T lookupByNameAndType(String name, Class<T> type) {
        Object bean = lookupByName(name);
        return type.isInstance(bean) ? type.cast(bean) : null;
    }

    @Override
    public <T> Map<String, T> findByTypeWithName(Class<T> type) {
        return type.getName().startsWith(CAMEL)
                ? Map.of()
                : application.getBeansOfType(type).entrySet().stream()
                        .filter(bean -> shared(bean.getKey(), bean.getValue()) != null)
                        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    @Override
    public <T> Set<T> findByType(Class<T> type) {
        return Set.copyOf(findByTypeWithName(type).values());
    }
}
