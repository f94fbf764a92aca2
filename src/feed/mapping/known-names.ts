import type { MappedField } from './compile-mapping.ts';

/**
 * Names of columns in the languages that suppliers write, the surest first: a later list is looked at only where no name of
 * an earlier one is there. Without accents, spacing and signs.
 */
const NAMES: Readonly<Record<Exclude<MappedField, 'id'>, readonly string[]>> = {
  sku: [
    'sku',
    'sellersku suppliersku vendorsku merchantsku variantsku itemsku productsku skucode skunumber',
    // English, German, French, Spanish, Italian, Dutch, Nordic, Polish
    'itemnumber itemno itemnr itemcode itemid partnumber partno partnr productcode productnumber productno productid ' +
      'articlenumber articleno articlecode stockcode material materialnumber materialno supplierpartnumber vendorpartnumber ' +
      'artikelnr artikelnummer artnr artikelno artikelcode artikelid bestellnummer bestellnr materialnummer teilenummer ' +
      'reference ref referencearticle refarticle codearticle codeproduit numeroarticle ' +
      'referencia codigo codigoarticulo codigoproducto codarticulo ' +
      'codice codicearticolo codicearticle codiceprodotto riferimento ' +
      'varenummer varenr produktnummer produktnr produktkod tuotekoodi tuotenumero indeks kodproduktu numerartykulu',
    'item part product article artikel artikulo articolo produkt code kod gtin ean ean13 gtin13 upc barcode',
  ],
  quantity: [
    'quantity',
    'qty stock stocks stockqty stockquantity stocklevel stockonhand instock freestock onhand onhandqty onhandquantity ' +
      'qtyonhand quantityonhand available availableqty availablequantity availablestock qtyavailable quantityavailable ' +
      'inventory inventoryqty inventoryquantity inventorylevel balance ' +
      'bestand lagerbestand menge verfugbar verfugbaremenge verfugbarerbestand freierbestand stuckzahl anzahl ' +
      'quantite qte stockdisponible disponible dispo quantitedisponible ' +
      'cantidad existencias stockactual unidades ' +
      'quantita giacenza disponibilita esistenza ' +
      'voorraad aantal antal lagersaldo saldo varasto varastosaldo ilosc stan stanmagazynowy',
    'count units pieces pcs',
  ],
  updatedAt: [
    'updatedat',
    'updated lastupdate lastupdated lastupdatedat updatetime updatedon updateddate lastmodified lastmodifieddate modified ' +
      'modifiedat modifiedon changed changedat lastchanged lastchange asof asofdate timestamp snapshotdate snapshottime ' +
      'stockdate inventorydate ' +
      'stand datenstand standvom bestandsdatum letzteanderung geandertam geandert aktualisiert aktualisiertam zeitstempel ' +
      'misajour datemiseajour datemisajour datedemiseajour maj datemaj modifiele ' +
      'actualizado fechaactualizacion fechadeactualizacion ultimaactualizacion ' +
      'aggiornato aggiornatoil dataaggiornamento ultimoaggiornamento ' +
      'bijgewerkt laatstgewijzigd gewijzigd uppdaterad opdateret paivitetty zaktualizowano',
    'datetime date time datum zeit zeitpunkt fecha data horodatage tijd',
  ],
  location: [
    'location',
    'locationid locationcode locationname sourcecode warehouse warehouseid warehousecode warehousename depot depotcode store ' +
      'storeid storecode shop branch site plant facility ' +
      'lager lagerort lagernr lagernummer lagerplatz filiale werk standort ' +
      'entrepot magasin codemagasin almacen tienda sucursal magazzino deposito magazijn filiaal magazyn',
  ],
};

const RANKS = new Map(
  Object.entries(NAMES).map(([field, lists]) => [
    field,
    new Map(lists.flatMap((list, rank) => list.split(' ').map((name) => [name, rank] as const))),
  ]),
);

/** How sure a name says a field, from 0, the surest; undefined: not at all. */
export function rankOfName(field: Exclude<MappedField, 'id'>, name: string): number | undefined {
  return RANKS.get(field)?.get(plainName(name));
}

/** Whether a column seems to be a warehouse's own: `West Depot`, `Lager Nord`. */
export function namesPlace(name: string): boolean {
  return name
    .split(/[^\p{L}]+/u)
    .some((word) =>
      /^(depot|lager|warehouse|store|filiale|entrepot|magasin|almacen|magazzino|magazijn)$/.test(
        plainName(word),
      ),
    );
}

function plainName(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
}
