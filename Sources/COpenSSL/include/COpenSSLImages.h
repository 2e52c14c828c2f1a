/* Signatures of PE images. */
#ifndef COPENSSL_IMAGES_H
#define COPENSSL_IMAGES_H

#include <stddef.h>
#include <stdint.h>

/* The certificate of number `index` in the PKCS #7 signed data at the start of `der`, as DER. *is_signer becomes 1 when one
 * of the first 8 signers names it by issuer and serial number, else 0. Returns its size; 0 when there is no such
 * certificate or it is larger than `room`; -1 when no signed data stands there. */
long cossl_signed_certificate(const uint8_t *der, size_t count, int index, uint8_t *certificate, size_t room,
                              int *is_signer);

#endif
