// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MarketBase} from "./MarketBase.sol";
import {Delivery, Order, Sale, SignedReceipt, Status, Terms} from "../../src/IMarket.sol";
import {Market} from "../../src/Market.sol";
import {Sig} from "../../src/Signed.sol";

/// @notice The protocol's golden vector, which the Go implementation must meet as well: every digest, and a purchase
/// and settlement by the contract itself.
contract GoldenTest is MarketBase {
    bytes32 private constant OFFER = 0x2a18527f6e366ba6262418ec419e4a0c951653e6281a6f2dee0a6660d001f983;
    bytes32 private constant K = 0xedd7739174e86d60a0a858fee90831e40a8afc840e6d97a60b79c2517e503ee2;
    bytes32 private constant C = 0x93c5783b4a3d1ade030bd9d0e10945bed988fd1c1c067e58db04dac059835cc4;
    bytes32 private constant PURCHASE = 0x0afd23e427f6a71f6c2735efc628aa510e6ee76371598583273435ba6fba389a;

    function setUp() public override {
        super.setUp();
        vm.chainId(31337);
        vm.warp(1_789_990_000);
        // Another address: OpenZeppelin recomputes the domain when it is not the one of deployment.
        address fixedPlace = 0x1111111111111111111111111111111111111111;
        vm.etch(fixedPlace, address(new Market(token, treasury)).code);
        market = Market(fixedPlace);
    }

    function vector() private view returns (Sale memory sale) {
        sale.order = Order({
            seller: seller,
            sealer: sealer,
            listing: bytes32(uint256(0x10)),
            manifest: bytes32(uint256(0x11)),
            keyCommitment: keccak256(abi.encode(KEY)),
            price: 25e18,
            version: 3,
            expiry: 1_800_000_000
        });
        sale.terms = Terms({
            buyer: buyer,
            delegate: delegate,
            recipient: bytes32(uint256(0x12)),
            accessDays: 30,
            deliveryWindow: 86_400,
            payBy: 1_790_000_000,
            salt: bytes32(uint256(0x13))
        });
        sale.sealedHash = keccak256(abi.encode(C));
        sale.lock = keccak256(abi.encode(K));
        sale.orderSig = sign(SELLER_KEY, typed(domain(), hash(sale.order)));
        sale.sealSig = sign(SEALER_KEY, id(sale));
    }

    function test_Digests() public view {
        Sale memory sale = vector();
        Delivery memory d = delivery(sale);
        vm.assertEq(domain(), 0x250766495e5ab7ffacc85bc574038ad1940dd881a134dbb44becf3421e7bbb48, "domain");
        bytes32 orderDigest = typed(domain(), hash(sale.order));
        vm.assertEq(orderDigest, 0x71767fd8d7d3402fc5237ed45c321cc1d00043f196302bee4239f1d6cf419531, "order");
        vm.assertEq(d.offer, OFFER, "offer");
        vm.assertEq(C ^ keccak256(abi.encode(K, OFFER)), KEY, "key");
        vm.assertEq(d.keyCommitment, 0x17b0af156a929edf60c351f3df2d53ed643fdd750aef9eda90dc7c8759a104a8, "commitment");
        vm.assertEq(d.sealedHash, 0x5ad91743a4739efde0eb16d3df786745e8f50169547881e9a367a690d8732b34, "sealed");
        vm.assertEq(d.lock, 0x2ec5726b1a4f34a275e62e656d0407f0fadbcac2e108431e4d23b80f68483bf4, "lock");
        vm.assertEq(hash(d), 0x9dcec77428ba54b7d3b62204f5eb1a6be6935dbbcb5c3fe1e51eb70b5724ebca, "delivery");
        vm.assertEq(id(sale), PURCHASE, "purchase");
        vm.assertEq(sale.sealSig.r, 0x7a54fd086cff722145712b569c52fbcd1577731589cdc07e515e68d16b214677, "seal r");
        vm.assertEq(sale.sealSig.vs, 0x12a75e09a85cbec622bff71ecc50cad999e143e6249e8d5ba3154f130a5d6492, "seal vs");
    }

    /// @dev HMAC-SHA256(sealSecret, "privd/opener/1" || offer), and the sealed key it gives. The contract never sees
    /// the secret.
    function test_Opener() public pure {
        bytes32 secret = bytes32(uint256(0x55));
        bytes memory inner = new bytes(64);
        bytes memory outer = new bytes(64);
        for (uint256 i; i < 64; ++i) {
            uint8 b = i < 32 ? uint8(secret[i]) : 0;
            (inner[i], outer[i]) = (bytes1(b ^ 0x36), bytes1(b ^ 0x5c));
        }
        bytes32 opener = sha256(bytes.concat(outer, sha256(bytes.concat(inner, "privd/opener/1", OFFER))));
        vm.assertEq(opener, K, "opener");
        vm.assertEq(KEY ^ keccak256(abi.encode(opener, OFFER)), C, "sealed key");
    }

    /// @dev The literals are the protocol's: the contract itself recovers seller, sealer and delegate from them.
    function test_ContractAgrees() public {
        Sale memory sale = vector();
        bytes32 r = 0x7a54fd086cff722145712b569c52fbcd1577731589cdc07e515e68d16b214677;
        sale.sealSig = Sig(r, 0x12a75e09a85cbec622bff71ecc50cad999e143e6249e8d5ba3154f130a5d6492);
        sale.orderSig = sign(SELLER_KEY, 0x71767fd8d7d3402fc5237ed45c321cc1d00043f196302bee4239f1d6cf419531);
        vm.assertEq(buy(sale), PURCHASE);
        bytes32 digest_ = 0xbea2ad21840c205da091d15587754da286092b1fb4ca6c47b65ce5453b6a6dd4;
        Sig memory sig = sign(DELEGATE_KEY, digest_);
        market.settle(one(SignedReceipt(deal(sale), 1_789_990_000, sig)));
        assertStatus(PURCHASE, Status.Settled);
    }
}
