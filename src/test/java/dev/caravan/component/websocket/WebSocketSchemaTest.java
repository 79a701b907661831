package dev.caravan.component.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.beans.BeanInfo;
import java.beans.Introspector;
import java.beans.PropertyDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.PropertyConfigurer;
import org.junit.jupiter.api.Test;

/** What the build has made of the annotations of the component, as tools and Camel itself read it. */
class WebSocketSchemaTest {
    private final JsonNode schema = schema();

    @Test
    void describesEveryOptionAndItsDefault() throws Exception {
        WebSocketComponent component = component();
        describes("properties", new WebSocketEndpoint("websocket-jetty:/a", component, "/a"));
        describes("componentProperties", component);
    }

    private void describes(String part, Object bean) throws Exception {
        BeanInfo own = Introspector.getBeanInfo(bean.getClass(), bean.getClass().getSuperclass());
        for (PropertyDescriptor option : own.getPropertyDescriptors()) {
            if (option.getWriteMethod() == null) {
                continue;
            }
            JsonNode described = schema.path(part).path(option.getName());
            assertThat(described.path("description").asText())
                    .as(option.getName())
                    .hasSizeGreaterThan(20);
            Object value = option.getReadMethod().invoke(bean);
            if (!option.getName().equals("path") && !"".equals(value)) {
                assertThat(described.path("defaultValue").asText("false"))
                        .as(option.getName())
                        .isEqualTo(String.valueOf(value));
            }
        }
    }

    @Test
    void describesEveryHeader() throws Exception {
        List<String> headers = new ArrayList<>();
        schema.path("headers").fieldNames().forEachRemaining(headers::add);
        assertThat(headers)
                .containsExactlyInAnyOrderElementsOf(Stream.of(WebSocketHeaders.class.getFields())
                        .filter(field -> Modifier.isStatic(field.getModifiers()))
                        .map(WebSocketSchemaTest::value)
                        .toList());
    }

    private static String value(Field constant) {
        try {
            return (String) constant.get(null);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void isConfiguredWithoutReflection() throws Exception {
        try (CamelContext camel = new DefaultCamelContext()) {
            camel.addComponent("websocket-jetty", component());
            WebSocketEndpoint endpoint = camel.getEndpoint(
                    "websocket-jetty:/ws/a?maxIdleTime=2m&subprotocols=b,c&sendToAll=true", WebSocketEndpoint.class);
            assertThat(endpoint.getPath()).isEqualTo("/ws/a");
            assertThat(endpoint.getMaxIdleTime()).isEqualTo(120_000);
            assertThat(endpoint.getSubprotocols()).isEqualTo("b,c");
            assertThat(endpoint.isSendToAll()).isTrue();
            assertThat(endpoint.getComponent()
                            .getEndpointPropertyConfigurer()
                            .getClass()
                            .getSimpleName())
                    .isEqualTo("WebSocketEndpointConfigurer");
            PropertyConfigurer component =
                    ((WebSocketComponent) endpoint.getComponent()).getComponentPropertyConfigurer();
            assertThat(component.getClass().getSimpleName()).isEqualTo("WebSocketComponentConfigurer");
        }
    }

    private static WebSocketComponent component() {
        return new WebSocketComponent(
                new WebSocketPaths(new WebSocketMeters(new SimpleMeterRegistry())), Runnable::run);
    }

    private static JsonNode schema() {
        try (InputStream json = WebSocketSchemaTest.class.getResourceAsStream(
                "/META-INF/dev/caravan/component/websocket/websocket-jetty.json")) {
            return new ObjectMapper().readTree(json);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
