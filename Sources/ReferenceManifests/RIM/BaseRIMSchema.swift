extension BaseRIM {
  /// What a Base RIM must have so that its payload can be used, as an XML Schema of namespace
  /// `http://standards.iso.org/iso/19770/-2/2015/schema.xsd`.
  ///
  /// Folders and files of the payload are left open: makers write them with and without the namespace.
  ///
  /// Source: ISO/IEC 19770-2:2015; TCG PC Client Reference Integrity Manifest Specification 1.04, section 3.
  public static let schema = """
    <?xml version="1.0" encoding="UTF-8"?>
    <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
        xmlns="http://standards.iso.org/iso/19770/-2/2015/schema.xsd"
        targetNamespace="http://standards.iso.org/iso/19770/-2/2015/schema.xsd" elementFormDefault="qualified">
      <xs:element name="SoftwareIdentity">
        <xs:complexType>
          <xs:choice minOccurs="1" maxOccurs="unbounded">
            <xs:element name="Entity" type="entity"/>
            <xs:element name="Link" type="link"/>
            <xs:element name="Meta" type="open"/>
            <xs:element name="Payload" type="open"/>
            <xs:element name="Evidence" type="open"/>
            <xs:any namespace="##other" processContents="skip"/>
          </xs:choice>
          <xs:attribute name="name" type="text" use="required"/>
          <xs:attribute name="tagId" type="text" use="required"/>
          <xs:attribute name="tagVersion" type="xs:integer"/>
          <xs:attribute name="corpus" type="xs:boolean"/>
          <xs:attribute name="patch" type="xs:boolean"/>
          <xs:attribute name="supplemental" type="xs:boolean"/>
          <xs:attribute name="version" type="xs:string"/>
          <xs:attribute name="versionScheme" type="xs:NMTOKEN"/>
          <xs:attribute name="media" type="xs:string"/>
          <xs:anyAttribute namespace="##other" processContents="skip"/>
        </xs:complexType>
      </xs:element>
      <xs:simpleType name="text">
        <xs:restriction base="xs:string"><xs:minLength value="1"/></xs:restriction>
      </xs:simpleType>
      <xs:complexType name="entity">
        <xs:complexContent>
          <xs:extension base="content">
            <xs:attribute name="name" type="text" use="required"/>
            <xs:attribute name="regid" type="xs:anyURI"/>
            <xs:attribute name="role" type="xs:NMTOKENS" use="required"/>
            <xs:attribute name="thumbprint" type="xs:string"/>
            <xs:anyAttribute namespace="##other" processContents="skip"/>
          </xs:extension>
        </xs:complexContent>
      </xs:complexType>
      <xs:complexType name="link">
        <xs:complexContent>
          <xs:extension base="content">
            <xs:attribute name="href" type="xs:anyURI" use="required"/>
            <xs:attribute name="rel" type="text" use="required"/>
            <xs:anyAttribute processContents="skip"/>
          </xs:extension>
        </xs:complexContent>
      </xs:complexType>
      <xs:complexType name="content">
        <xs:sequence><xs:any minOccurs="0" maxOccurs="unbounded" processContents="skip"/></xs:sequence>
      </xs:complexType>
      <xs:complexType name="open">
        <xs:complexContent>
          <xs:extension base="content"><xs:anyAttribute processContents="skip"/></xs:extension>
        </xs:complexContent>
      </xs:complexType>
    </xs:schema>
    """
}
