package dev.caravan.observability;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import javax.management.AttributeNotFoundException;
import javax.management.JMException;
import javax.management.MBeanException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.ReflectionException;
import javax.management.modelmbean.InvalidTargetObjectTypeException;
import javax.management.modelmbean.ModelMBean;
import javax.management.modelmbean.ModelMBeanInfo;
import org.apache.camel.CamelContext;
import org.apache.camel.api.management.ManagedInstance;
import org.apache.camel.api.management.NotificationSenderAware;
import org.apache.camel.management.mbean.ManagedProcessor;
import org.apache.camel.management.mbean.ManagedRoute;
import org.apache.camel.spring.boot.CamelContextConfiguration;
import org.apache.camel.spring.spi.SpringManagementMBeanAssembler;
import org.apache.camel.support.management.MixinRequiredModelMBean;
import org.springframework.stereotype.Component;

/**
 * Describes each kind of Camel's MBeans once. A node registers about 700 of some 40 kinds; Camel would make the same
 * description, of up to a hundred attributes and operations, for each of them: a tenth of a start and 25 MB of heap.
 * What Camel asks them most is answered without the description.
 */
@Component
class SharedMBeanInfo implements CamelContextConfiguration {
    @Override
    public void beforeApplicationStart(CamelContext context) {
        context.getCamelContextExtension().setManagementMBeanAssembler(new Assembler(context));
    }

    @Override
    public void afterApplicationStart(CamelContext context) {}

    private static final class Assembler extends SpringManagementMBeanAssembler {
        private static final String CAMEL = "org.apache.camel.management.mbean.";

        private final Map<Class<?>, ModelMBeanInfo> infos = new ConcurrentHashMap<>();

        Assembler(CamelContext context) {
            super(context);
        }

        @Override
        public ModelMBean assemble(MBeanServer server, Object managed, ObjectName name) throws JMException {
            if (!managed.getClass().getName().startsWith(CAMEL)
                    || managed instanceof NotificationSenderAware
                    || managed instanceof ManagedInstance instance && describesItself(instance.getInstance())) {
                return super.assemble(server, managed, name);
            }
            ModelMBeanInfo info = infos.get(managed.getClass());
            if (info == null) {
                info = assembler.getMBeanInfo(camelContext, managed, null, name.toString());
                infos.put(managed.getClass(), info);
            }
            boolean mask = Boolean.TRUE.equals(
                    camelContext.getManagementStrategy().getManagementAgent().getMask());
            ModelMBean bean = new QuickIds(info, mask, managed);
            try {
                bean.setManagedResource(managed, "ObjectReference");
            } catch (InvalidTargetObjectTypeException e) {
                throw new JMException(e.getMessage());
            }
            return bean;
        }

        /** By the annotation of Camel or of Spring: then its own attributes come on top of those of its kind. */
        private static boolean describesItself(Object instance) {
            return instance != null
                    && Stream.of(instance.getClass().getAnnotations())
                            .anyMatch(annotation ->
                                    annotation.annotationType().getSimpleName().equals("ManagedResource"));
        }
    }

    /**
     * Answers at once what Camel asks each step for each route when it gathers the statistics of all routes, as the
     * diagram of Hawtio does every few seconds: 100,000 times with 170 routes of 600 steps. A model MBean looks for the
     * method and its types each time.
     */
    private static final class QuickIds extends MixinRequiredModelMBean {
        private final Object managed;

        QuickIds(ModelMBeanInfo info, boolean mask, Object managed) throws MBeanException, ReflectionException {
            super(info, mask, null, null);
            this.managed = managed;
        }

        @Override
        public Object getAttribute(String name) throws AttributeNotFoundException, MBeanException, ReflectionException {
            if (managed instanceof ManagedProcessor step) {
                switch (name) {
                    case "RouteId":
                        return step.getRouteId();
                    case "SourceLineNumber":
                        return step.getSourceLineNumber();
                    default:
                }
            } else if (managed instanceof ManagedRoute route && name.equals("RouteId")) {
                return route.getRouteId();
            }
            return super.getAttribute(name);
        }
    }
}
