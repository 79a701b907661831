package dev.caravan.routes.trial;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.OutputStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/** Writes how tests went as the XML of JUnit, which every CI server reads: a suite for each file. */
public final class JUnitReport {
    private static final double MICROS = 1_000_000.0;

    private JUnitReport() {}

    public static void write(List<RouteTestResult> results, OutputStream out) throws XMLStreamException {
        XMLStreamWriter xml = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(out, UTF_8.name());
        xml.writeStartDocument(UTF_8.name(), "1.0");
        xml.writeStartElement("testsuites");
        totals(xml, results);
        Map<String, List<RouteTestResult>> files = results.stream()
                .collect(Collectors.groupingBy(RouteTestResult::file, TreeMap::new, Collectors.toList()));
        for (Map.Entry<String, List<RouteTestResult>> file : files.entrySet()) {
            xml.writeStartElement("testsuite");
            xml.writeAttribute("name", printable(file.getKey()));
            totals(xml, file.getValue());
            for (RouteTestResult result : file.getValue()) {
                test(xml, result);
            }
            xml.writeEndElement();
        }
        xml.writeEndDocument();
        xml.flush();
    }

    private static void totals(XMLStreamWriter xml, List<RouteTestResult> results) throws XMLStreamException {
        xml.writeAttribute("tests", Integer.toString(results.size()));
        xml.writeAttribute(
                "failures",
                Long.toString(results.stream().filter(RouteTestResult::isRed).count()));
        xml.writeAttribute(
                "time",
                seconds(results.stream().mapToLong(RouteTestResult::micros).sum()));
    }

    private static void test(XMLStreamWriter xml, RouteTestResult result) throws XMLStreamException {
        xml.writeStartElement("testcase");
        xml.writeAttribute("classname", printable(result.file()));
        xml.writeAttribute("name", printable(result.name()));
        xml.writeAttribute("file", printable(result.file()));
        xml.writeAttribute("line", Integer.toString(result.line()));
        xml.writeAttribute("time", seconds(result.micros()));
        if (result.isRed()) {
            xml.writeStartElement("failure");
            xml.writeAttribute("message", printable(result.failure()));
            xml.writeCharacters(printable(result.file() + ":" + result.line()));
            xml.writeEndElement();
        }
        if (!result.notTried().isEmpty()) {
            xml.writeStartElement("system-out");
            xml.writeCharacters(printable("Not tried: " + String.join(", ", result.notTried())));
            xml.writeEndElement();
        }
        xml.writeEndElement();
    }

    private static String seconds(long micros) {
        return String.format(Locale.ROOT, "%.3f", micros / MICROS);
    }

    /** Without what XML cannot hold. */
    private static String printable(String text) {
        return text.replaceAll("[^\\t\\n\\r\\x20-\\uD7FF\\uE000-\\uFFFD\\x{10000}-\\x{10FFFF}]", "?");
    }
}
