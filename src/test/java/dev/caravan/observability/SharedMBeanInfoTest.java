package dev.caravan.observability;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import javax.management.JMException;
import javax.management.MBeanInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.camel.CamelContext;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Test;

class SharedMBeanInfoTest {
    @Test
    void describesEachMBeanAsCamelDoes() throws Exception {
        Map<String, MBeanInfo> camels = beans(context -> {}, MBeanServer::getMBeanInfo);
        Map<String, MBeanInfo> shared = beans(new SharedMBeanInfo()::beforeApplicationStart, MBeanServer::getMBeanInfo);

        assertThat(camels.keySet())
                .anyMatch(name -> name.contains("type=processors"))
                .anyMatch(name -> name.contains("type=endpoints"));
        shared.keySet().removeIf(name -> name.contains("type=services,name=Assembler"));
        assertThat(shared.keySet()).isEqualTo(camels.keySet());
        assertThat(shared)
                .allSatisfy((name, info) ->
                        assertThat(info.equals(camels.get(name))).as(name).isTrue());
    }

    @Test
    void answersWhatCamelAnswers() throws Exception {
        Of<List<?>> ids = (server, name) ->
                server.getAttributes(name, new String[] {"RouteId", "SourceLineNumber", "Level"}).stream()
                        .map(String::valueOf)
                        .toList();

        Map<String, List<?>> shared = beans(new SharedMBeanInfo()::beforeApplicationStart, ids);

        shared.keySet().removeIf(name -> name.contains("type=services,name=Assembler"));
        assertThat(shared).isEqualTo(beans(context -> {}, ids));
        assertThat(shared.values()).contains(List.of("RouteId = log", "SourceLineNumber = null", "Level = 1"));
    }

    private interface Of<T> {
        T read(MBeanServer server, ObjectName name) throws JMException;
    }

    private static <T> Map<String, T> beans(Consumer<CamelContext> before, Of<T> what) throws Exception {
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            context.getCamelContextExtension().setName("shared-mbean-info");
            before.accept(context);
            context.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("timer:tick?delay=1h&period=1h")
                            .routeId("tick")
                            .choice()
                            .when(simple("${body} == 1"))
                            .to("direct:log")
                            .id("to")
                            .otherwise()
                            .setBody(constant(2))
                            .id("two");
                    from("direct:log").routeId("log").to("log:out").id("out");
                }
            });
            context.start();
            MBeanServer server =
                    context.getManagementStrategy().getManagementAgent().getMBeanServer();
            Map<String, T> read = new TreeMap<>();
            for (ObjectName name :
                    server.queryNames(new ObjectName("org.apache.camel:context=shared-mbean-info,*"), null)) {
                read.put(name.toString().replaceAll("0x[0-9a-f]+|[0-9]+", "_"), what.read(server, name));
            }
            return read;
        }
    }
}
