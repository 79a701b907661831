package dev.caravan.observability.hawtio;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;
import org.springframework.beans.factory.config.YamlMapFactoryBean;
import org.springframework.core.io.ClassPathResource;

/**
 * The members of some MBeans that may be used: an entry of {@code jolokia-access.yaml}.
 *
 * @param mbeans a pattern of names
 * @param read attributes
 * @param query operations that only report, each with and without the types of its parameters
 * @param change operations that change something, as above
 * @param write attributes
 */
record JolokiaAccess(ObjectName mbeans, Set<String> read, Set<String> query, Set<String> change, Set<String> write) {
    private static final String FILE = "jolokia-access.yaml";

    /** The whole file. */
    static List<JolokiaAccess> table() {
        YamlMapFactoryBean yaml = new YamlMapFactoryBean();
        yaml.setResources(new ClassPathResource(FILE, JolokiaAccess.class));
        List<JolokiaAccess> table = new ArrayList<>();
        yaml.getObject().forEach((name, entry) -> table.add(of(name, (Map<?, ?>) entry)));
        return List.copyOf(table);
    }

    private static JolokiaAccess of(String name, Map<?, ?> entry) {
        try {
            return new JolokiaAccess(
                    new ObjectName(name),
                    names(entry, "read"),
                    operations(entry, "query"),
                    operations(entry, "change"),
                    names(entry, "write"));
        } catch (MalformedObjectNameException e) {
            throw new IllegalStateException(FILE + ": " + name, e);
        }
    }

    private static Set<String> names(Map<?, ?> entry, String key) {
        Set<String> names = new HashSet<>();
        if (entry.get(key) instanceof List<?> listed) {
            listed.forEach(name -> names.add((String) name));
        }
        return names;
    }

    /** Adds each name without types: Jolokia itself rejects such a name if several operations have it. */
    private static Set<String> operations(Map<?, ?> entry, String key) {
        Set<String> operations = names(entry, key);
        List.copyOf(operations).forEach(operation -> operations.add(operation.substring(0, operation.indexOf('('))));
        return operations;
    }
}
