#!/usr/bin/env bash
# en16931-ubl2cii: in the other syntax of the same invoice 400 for 100 kg is 400, and the company has its shop's name.
# Standard: EN 16931-1: item price base quantity (BT-149), preceding invoice (BG-3), payment service provider (BT-86), line
# allowances and charges (BG-27, BG-28), period (BG-26) and country of origin (BT-159) are optional terms, in both syntaxes of
# EN 16931-2; seller name (BT-27) is the registered one and in UN/CEFACT's syntax is Name, trading name (BT-28) is
# SpecifiedLegalOrganization/TradingBusinessName.
# For a node: 50 kg at 400 is 20000 to whoever computes from the price, and 200 stands beside it without the charge and the
# allowance that explain it; a debtor pays a name that no register has, and customs finds no origin. No error is reported.
# Convert an invoice and back before one is sent, and compare by business term; keep the original beside it.
. "$(dirname "$0")/_room.sh"
guess "each business term of a valid invoice is in the other syntax, or stands in the list of errors that the converter fills"
found "no errors; base quantity, line charge and allowance, earlier invoice, BIC, period, origin are gone; the names are swapped"
printf 'packages  com.helger:en16931-ubl2cii:2.1.0 org.glassfish.jaxb:jaxb-runtime:4.0.6\n'
cat >"$room/pom.xml" <<POM
<project><modelVersion>4.0.0</modelVersion><groupId>f</groupId><artifactId>f</artifactId><version>1</version><dependencies>
<dependency><groupId>com.helger</groupId><artifactId>en16931-ubl2cii</artifactId><version>2.1.0</version></dependency>
<dependency><groupId>org.glassfish.jaxb</groupId><artifactId>jaxb-runtime</artifactId><version>4.0.6</version></dependency>
</dependencies></project>
POM
mvn -q -B -f "$room/pom.xml" -Dmaven.repo.local="$room/m2" \
  org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath -Dmdep.outputFile="$room/classpath" >/dev/null
cat >"$room/invoice.xml" <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:a="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:b="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<b:CustomizationID>urn:cen.eu:en16931:2017</b:CustomizationID><b:ID>0042</b:ID><b:IssueDate>2026-11-28</b:IssueDate>
<b:DueDate>2026-12-28</b:DueDate><b:InvoiceTypeCode>380</b:InvoiceTypeCode>
<b:DocumentCurrencyCode>EUR</b:DocumentCurrencyCode><b:BuyerReference>R7</b:BuyerReference>
<a:BillingReference><a:InvoiceDocumentReference><b:ID>0041</b:ID></a:InvoiceDocumentReference></a:BillingReference>
<a:AccountingSupplierParty><a:Party><a:PartyName><b:Name>The Bean Shop</b:Name></a:PartyName>
<a:PostalAddress><b:CityName>Malmo</b:CityName><a:Country><b:IdentificationCode>SE</b:IdentificationCode></a:Country></a:PostalAddress>
<a:PartyTaxScheme><b:CompanyID>SE000000000001</b:CompanyID><a:TaxScheme><b:ID>VAT</b:ID></a:TaxScheme></a:PartyTaxScheme>
<a:PartyLegalEntity><b:RegistrationName>Kaffe AB</b:RegistrationName></a:PartyLegalEntity></a:Party></a:AccountingSupplierParty>
<a:AccountingCustomerParty><a:Party><a:PostalAddress><b:CityName>Lund</b:CityName>
<a:Country><b:IdentificationCode>SE</b:IdentificationCode></a:Country></a:PostalAddress>
<a:PartyLegalEntity><b:RegistrationName>Rosteri AB</b:RegistrationName></a:PartyLegalEntity></a:Party></a:AccountingCustomerParty>
<a:PaymentMeans><b:PaymentMeansCode>30</b:PaymentMeansCode><a:PayeeFinancialAccount><b:ID>000123</b:ID>
<a:FinancialInstitutionBranch><b:ID>AAAASESS</b:ID></a:FinancialInstitutionBranch></a:PayeeFinancialAccount></a:PaymentMeans>
<a:TaxTotal><b:TaxAmount currencyID="EUR">50.00</b:TaxAmount><a:TaxSubtotal>
<b:TaxableAmount currencyID="EUR">200.00</b:TaxableAmount><b:TaxAmount currencyID="EUR">50.00</b:TaxAmount><a:TaxCategory>
<b:ID>S</b:ID><b:Percent>25</b:Percent><a:TaxScheme><b:ID>VAT</b:ID></a:TaxScheme></a:TaxCategory></a:TaxSubtotal></a:TaxTotal>
<a:LegalMonetaryTotal><b:LineExtensionAmount currencyID="EUR">200.00</b:LineExtensionAmount>
<b:TaxExclusiveAmount currencyID="EUR">200.00</b:TaxExclusiveAmount><b:TaxInclusiveAmount currencyID="EUR">250.00</b:TaxInclusiveAmount>
<b:PayableAmount currencyID="EUR">250.00</b:PayableAmount></a:LegalMonetaryTotal>
<a:InvoiceLine><b:ID>1</b:ID><b:InvoicedQuantity unitCode="KGM">50</b:InvoicedQuantity>
<b:LineExtensionAmount currencyID="EUR">200.00</b:LineExtensionAmount>
<a:InvoicePeriod><b:StartDate>2026-11-01</b:StartDate><b:EndDate>2026-11-15</b:EndDate></a:InvoicePeriod>
<a:AllowanceCharge><b:ChargeIndicator>true</b:ChargeIndicator><b:AllowanceChargeReason>Sacks</b:AllowanceChargeReason>
<b:Amount currencyID="EUR">15.00</b:Amount></a:AllowanceCharge>
<a:AllowanceCharge><b:ChargeIndicator>false</b:ChargeIndicator><b:AllowanceChargeReason>Bonus</b:AllowanceChargeReason>
<b:Amount currencyID="EUR">15.00</b:Amount></a:AllowanceCharge>
<a:Item><b:Name>Coffee</b:Name><a:OriginCountry><b:IdentificationCode>VN</b:IdentificationCode></a:OriginCountry>
<a:ClassifiedTaxCategory><b:ID>S</b:ID><b:Percent>25</b:Percent><a:TaxScheme><b:ID>VAT</b:ID></a:TaxScheme></a:ClassifiedTaxCategory>
</a:Item><a:Price><b:PriceAmount currencyID="EUR">400.00</b:PriceAmount><b:BaseQuantity unitCode="KGM">100</b:BaseQuantity>
</a:Price></a:InvoiceLine></Invoice>
XML
java_sees <<'JAVA'
import com.helger.diagnostics.error.list.ErrorList;
import com.helger.en16931.ubl2cii.UBLToCIIConversionHelper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathFactory;

public class Finding {
    public static void main(String[] arguments) throws Exception {
        var errors = new ErrorList();
        var bytes = new ByteArrayOutputStream();
        var success = UBLToCIIConversionHelper.convertUBL21InvoiceToCIID16B(new FileInputStream("invoice.xml"), bytes, errors);
        System.out.println(success + ", errors " + errors.size());
        var document = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new ByteArrayInputStream(bytes.toByteArray()));
        var path = XPathFactory.newInstance().newXPath();
        for (String name : new String[] {"SellerTradeParty/*:Name", "SellerTradeParty//*:TradingBusinessName", "BilledQuantity",
                "ChargeAmount", "BasisQuantity", "LineTotalAmount", "SpecifiedTradeAllowanceCharge", "BillingSpecifiedPeriod",
                "OriginTradeCountry", "InvoiceReferencedDocument", "PayeePartyCreditorFinancialAccount",
                "PayeeSpecifiedCreditorFinancialInstitution", "GrandTotalAmount"}) {
            String test = name.replaceAll("(^|/)(?:\\*:)?([A-Za-z]+)", "$1*[local-name()='$2']");
            String text = path.evaluate("//" + test, document).strip();
            System.out.println(name.replace("*:", "") + " " + (text.isEmpty() ? "-" : text));
        }
    }
}
JAVA
unchanged <<'END'
SUCCESS, errors 0
SellerTradeParty/Name The Bean Shop
SellerTradeParty//TradingBusinessName Kaffe AB
BilledQuantity 50
ChargeAmount 400
BasisQuantity -
LineTotalAmount 200
SpecifiedTradeAllowanceCharge -
BillingSpecifiedPeriod -
OriginTradeCountry -
InvoiceReferencedDocument -
PayeePartyCreditorFinancialAccount 000123
PayeeSpecifiedCreditorFinancialInstitution -
GrandTotalAmount 250
END
